// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/fake_agent.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "base/proto_time.h"

namespace rollout {
namespace {

constexpr absl::Duration kTellInterval = absl::Milliseconds(20);

bool IsLive(const v1::GenerationObservation& generation) {
  return generation.phase() != v1::EXITED &&
         generation.phase() != v1::FAILED_GENERATION;
}

}  // namespace

class FakeAgent::Session : public fleet::HostSession {
 public:
  explicit Session(FakeAgent& agent) : agent_(agent) {}

  void Welcome(const v1::Welcome& welcome) override {
    MutexLock lock(&agent_.mutex_);
    agent_.welcomes_.push_back(welcome);
  }
  void Send(v1::Assignment assignment) override {
    agent_.loop_.Post([&agent = agent_, assignment = std::move(assignment)] {
      agent.TakeUp(assignment);
    });
  }
  void AckReport(const v1::SwapReportAck& ack) override {
    MutexLock lock(&agent_.mutex_);
    agent_.acks_.push_back(ack);
  }
  // It takes none, and says so in its hello.
  void OpenChannel(const v1::OpenChannel&) override {}
  void Probe() override {}
  void Close(const absl::Status& status) override {
    MutexLock lock(&agent_.mutex_);
    agent_.closed_ = status;
  }

 private:
  FakeAgent& agent_;
};

FakeAgent::FakeAgent(fleet::Fleet& fleet, const std::string& host)
    : fleet_(fleet), host_(host) {}

void FakeAgent::SetBehaviour(const std::string& command, Behaviour behaviour) {
  MutexLock lock(&mutex_);
  behaviours_[command] = behaviour;
}

absl::Status FakeAgent::Connect(uint64_t highest_epoch) {
  v1::Hello hello;
  hello.set_highest_epoch(highest_epoch);
  hello.mutable_host()->set_name(host_);
  hello.mutable_host()->set_address("127.0.1.1");
  (*hello.mutable_host()->mutable_labels())["role"] = "web";
  auto session = std::make_shared<Session>(*this);
  {
    MutexLock lock(&mutex_);
    hello.set_takes_removals(takes_removals_);
    *hello.mutable_observation() = Observed();
    session_ = session;
  }
  return fleet_.Connect(hello, session);
}

void FakeAgent::KnowNoRemovals() {
  MutexLock lock(&mutex_);
  takes_removals_ = false;
}

void FakeAgent::HoldRemovals() {
  MutexLock lock(&mutex_);
  holds_removals_ = true;
}

void FakeAgent::LetRemovalsEnd() {
  {
    MutexLock lock(&mutex_);
    holds_removals_ = false;
    if (!assignments_.empty()) TakeUpRemovals(assignments_.back());
  }
  loop_.Post([this] { Tell(); });
}

void FakeAgent::Disconnect() {
  std::shared_ptr<Session> session;
  {
    MutexLock lock(&mutex_);
    session = std::move(session_);
    session_.reset();
  }
  if (session != nullptr) fleet_.Disconnect(host_, session.get());
}

void FakeAgent::Report(v1::SwapReport report) {
  std::shared_ptr<Session> session;
  {
    MutexLock lock(&mutex_);
    session = session_;
  }
  fleet_.Report(host_, session.get(), std::move(report));
}

void FakeAgent::FallSilent() {
  MutexLock lock(&mutex_);
  silent_ = true;
}

void FakeAgent::TakeUp(const v1::Assignment& assignment) {
  {
    MutexLock lock(&mutex_);
    assignments_.push_back(assignment);
    for (const v1::ServiceAssignment& wanted : assignment.services()) {
      services_[wanted.plan()].removal = 0;
      TakeUp(wanted, &services_[wanted.plan()]);
    }
    if (takes_removals_) TakeUpRemovals(assignment);
  }
  Tell();
}

// One that is done is told of until nobody asks for it any more.
void FakeAgent::TakeUpRemovals(const v1::Assignment& assignment) {
  std::map<std::string, int64_t> removals;
  for (const v1::ServiceRemoval& removal : assignment.removals()) {
    removals[removal.plan()] = removal.number();
  }
  for (auto service = services_.begin(); service != services_.end();) {
    const bool done =
        service->second.removal != 0 && service->second.generations.empty();
    service = done && removals.count(service->first) == 0
                  ? services_.erase(service)
                  : std::next(service);
  }
  for (const auto& [plan, number] : removals) {
    Service& service = services_[plan];
    service.removal = number;
    if (holds_removals_) continue;
    service.generations.clear();
    service.serving_since.clear();
  }
}

void FakeAgent::Tell() {
  v1::Observation observation;
  std::shared_ptr<Session> session;
  bool again = false;
  {
    MutexLock lock(&mutex_);
    if (silent_) return;
    observation = Observed();
    session = session_;
    for (const auto& [plan, service] : services_) {
      again |= !service.serving_since.empty();
    }
    again = again && !std::exchange(tells_again_, again);
  }
  if (session != nullptr) {
    fleet_.Observe(host_, session.get(), std::move(observation));
  }
  if (!again) return;
  loop_.PostAfter(kTellInterval, [this] {
    {
      MutexLock lock(&mutex_);
      tells_again_ = false;
    }
    Tell();
  });
}

void FakeAgent::TakeUp(const v1::ServiceAssignment& wanted, Service* service) {
  for (const v1::Revision& revision : wanted.templates()) {
    service->commands[revision.id()] = revision.service().command(0);
  }
  for (const v1::WeightedRevision& revision : wanted.revisions()) {
    bool there = false;
    for (const auto& [number, generation] : service->generations) {
      bool failed = generation.phase() == v1::FAILED_GENERATION &&
                    generation.attempt() >= revision.attempt();
      there |= generation.revision() == revision.revision() &&
               (IsLive(generation) || failed);
    }
    if (!there) Start(revision, service);
  }
  Weigh(wanted, service);
}

Behaviour FakeAgent::BehaviourOf(const Service& service,
                                 const std::string& revision) const {
  auto command = service.commands.find(revision);
  if (command == service.commands.end()) return Behaviour::kGood;
  auto behaviour = behaviours_.find(command->second);
  return behaviour == behaviours_.end() ? Behaviour::kGood : behaviour->second;
}

void FakeAgent::Start(const v1::WeightedRevision& wanted, Service* service) {
  v1::GenerationObservation generation;
  generation.set_number(++service->last);
  generation.set_revision(wanted.revision());
  generation.set_attempt(wanted.attempt());
  switch (BehaviourOf(*service, wanted.revision())) {
    case Behaviour::kNeverReady:
      generation.set_phase(v1::LISTENING);
      generation.set_message("the probe has not passed");
      break;
    case Behaviour::kFailsAtStart:
      generation.set_phase(v1::FAILED_GENERATION);
      generation.set_message("exited with status 1 before it was ready");
      break;
    default:
      generation.set_phase(v1::READY);
      generation.set_ready(true);
  }
  service->generations[generation.number()] = generation;
}

// Gives the weights where the one that shall have all of it is ready; leaves
// them where it is not.
void FakeAgent::Weigh(const v1::ServiceAssignment& wanted, Service* service) {
  std::map<std::string, uint32_t> weights;
  std::string heir;
  for (const v1::WeightedRevision& revision : wanted.revisions()) {
    weights[revision.revision()] = revision.weight();
    if (revision.weight() == 1000) heir = revision.revision();
  }
  auto is_heir = [&heir](const v1::GenerationObservation& generation) {
    return IsLive(generation) && generation.ready() &&
           generation.revision() == heir;
  };
  bool flips =
      std::any_of(service->generations.begin(), service->generations.end(),
                  [&](const auto& entry) { return is_heir(entry.second); });
  if (!flips) return;
  if (BehaviourOf(*service, heir) == Behaviour::kFailsOnceServing &&
      weights.size() > 1) {
    for (auto& [number, generation] : service->generations) {
      if (!is_heir(generation)) continue;
      generation.set_phase(v1::FAILED_GENERATION);
      generation.set_ready(false);
      generation.set_message("exited with status 1 after 1 s");
    }
    return;
  }
  for (auto& [number, generation] : service->generations) {
    if (!IsLive(generation)) continue;
    bool serves = is_heir(generation);
    generation.set_weight(serves ? 1000 : 0);
    if (serves) {
      service->serving_since.emplace(number, absl::Now());
    } else {
      service->serving_since.erase(number);
    }
    generation.set_phase(
        serves ? v1::SERVING
        : weights.count(generation.revision()) > 0
            ? (generation.phase() == v1::READY ? v1::READY : v1::WARM)
            : v1::EXITED);
    if (generation.phase() == v1::EXITED) generation.set_ready(false);
  }
}

v1::Observation FakeAgent::Observed() const {
  v1::Observation observation;
  if (!assignments_.empty()) {
    observation.set_epoch(assignments_.back().epoch());
    observation.set_serial(assignments_.back().serial());
  }
  for (const auto& [plan, service] : services_) {
    v1::ServiceObservation* observed = observation.add_services();
    observed->set_plan(plan);
    observed->set_removal(service.removal);
    observed->set_removed(service.removal != 0 && service.generations.empty());
    for (const auto& [number, generation] : service.generations) {
      v1::GenerationObservation* told = observed->add_generations();
      *told = generation;
      auto since = service.serving_since.find(number);
      if (since == service.serving_since.end()) continue;
      *told->mutable_serving_for() = ToProto(absl::Now() - since->second);
    }
  }
  return observation;
}

std::string FakeAgent::Serving(const std::string& plan) const {
  MutexLock lock(&mutex_);
  auto service = services_.find(plan);
  if (service == services_.end()) return "";
  for (const auto& [number, generation] : service->second.generations) {
    if (generation.weight() == 1000 && IsLive(generation)) {
      return service->second.commands.at(generation.revision());
    }
  }
  return "";
}

std::string FakeAgent::Assigned(const std::string& plan) const {
  MutexLock lock(&mutex_);
  if (assignments_.empty()) return "";
  for (const v1::ServiceAssignment& service : assignments_.back().services()) {
    if (service.plan() != plan) continue;
    std::vector<std::string> words;
    for (const v1::WeightedRevision& revision : service.revisions()) {
      words.push_back(
          absl::StrCat(services_.at(plan).commands.at(revision.revision()), ":",
                       revision.weight()));
    }
    return absl::StrJoin(words, " ");
  }
  return "";
}

std::vector<v1::Assignment> FakeAgent::assignments() const {
  MutexLock lock(&mutex_);
  return assignments_;
}

std::vector<v1::SwapReportAck> FakeAgent::acks() const {
  MutexLock lock(&mutex_);
  return acks_;
}

std::vector<v1::Welcome> FakeAgent::welcomes() const {
  MutexLock lock(&mutex_);
  return welcomes_;
}

absl::Status FakeAgent::closed() const {
  MutexLock lock(&mutex_);
  return closed_;
}

}  // namespace rollout
