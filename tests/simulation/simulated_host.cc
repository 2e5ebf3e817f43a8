// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/simulated_host.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/decide/assignment_order.h"
#include "base/proto_time.h"
#include "controller/fleet/host_session.h"

namespace rollout::simulation {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(30);
constexpr absl::Duration kNewlyServing = absl::Minutes(15);

absl::Duration YoungestServing(const v1::Observation& observation) {
  absl::Duration youngest = absl::InfiniteDuration();
  for (const auto& service : observation.services()) {
    for (const auto& generation : service.generations()) {
      if (!generation.has_serving_for()) continue;
      youngest = std::min(youngest, FromProto(generation.serving_for()));
    }
  }
  return youngest;
}

}  // namespace

// Both ends of one, and what is on it: in order, each way.
class SimulatedHost::Stream final
    : public fleet::HostSession,
      public std::enable_shared_from_this<Stream> {
 public:
  Stream(SimulatedHost& host, fleet::Fleet* fleet)
      : host_(&host), time_(host.time_), name_(host.name()), fleet_(fleet) {}

  // The agent's end.
  void Hello(const v1::Hello& hello) {
    Up([hello](Stream& self) {
      absl::Status status =
          self.fleet_->Connect(hello, self.shared_from_this());
      if (!status.ok()) self.Break();
    });
  }
  void Observation(const v1::Observation& observation) {
    Up([observation](Stream& self) {
      self.fleet_->Observe(self.name_, &self, observation);
    });
  }
  void Report(const v1::SwapReport& report) {
    Up([report](Stream& self) {
      self.fleet_->Report(self.name_, &self, report);
    });
  }
  void LeaveHost() { host_ = nullptr; }

  // The controller's.
  void Welcome(const v1::Welcome&) override {}
  void Send(v1::Assignment assignment) override {
    last_ = assignment;
    Down([assignment](SimulatedHost& host) { host.TakeUp(assignment); });
  }
  void AckReport(const v1::SwapReportAck& ack) override {
    Down([id = ack.id()](SimulatedHost& host) {
      auto found = host.reports_.find(id);
      if (found == host.reports_.end()) return;
      host.events_.on_acknowledged(found->second);
      host.reports_.erase(found);
    });
  }
  void OpenChannel(const v1::OpenChannel&) override {}
  void Probe() override {}
  void Close(const absl::Status&) override { Break(); }

  // Each end notices when it does; what is under way may get lost.
  void Break() {
    if (std::exchange(broken_, true)) return;
    auto self = shared_from_this();
    const bool quick = time_.Chance(500);
    auto soon = [this, quick] {
      return time_.Between(absl::Milliseconds(1),
                           quick ? absl::Milliseconds(50) : absl::Seconds(20));
    };
    time_.After(soon(), [self] {
      if (self->host_ != nullptr) self->host_->OnEnded(self.get());
    });
    time_.After(soon(), [self] { self->EndAbove(); });
  }
  // Its controller has died.
  void LoseController() { Break(); }
  bool broken() const { return broken_; }

  // Out of date, on whatever way: a switch that was stuck.
  std::optional<v1::Assignment> last() const { return last_; }

 private:
  void EndAbove() {
    if (fleet_ != nullptr && host_above()) fleet_->Disconnect(name_, this);
    fleet_ = nullptr;
  }
  // The fleet is that of the controller which still runs.
  bool host_above() const {
    return switchboard_ != nullptr && switchboard_->fleet == fleet_;
  }
  template <typename Task>
  void Up(Task task) {
    up_ = Arrival(up_);
    time_.After(up_ - time_.Uptime(), [self = shared_from_this(), task] {
      if (self->broken_ || self->fleet_ == nullptr || !self->host_above()) {
        return;
      }
      task(*self);
    });
  }
  template <typename Task>
  void Down(Task task) {
    down_ = Arrival(down_);
    time_.After(down_ - time_.Uptime(), [self = shared_from_this(), task] {
      if (self->broken_ || self->host_ == nullptr ||
          self->host_->agent_ == nullptr) {
        return;
      }
      task(*self->host_);
      // A message that comes twice.
      if (self->time_.Chance(10) && self->host_ != nullptr) {
        task(*self->host_);
      }
    });
  }
  // After the one before it, and not while the link is cut.
  absl::Duration Arrival(absl::Duration before) {
    absl::Duration arrival = std::max(before, time_.Uptime());
    if (host_ != nullptr) arrival = std::max(arrival, host_->cut_until_);
    return arrival + Latency();
  }
  absl::Duration Latency() {
    return time_.Chance(20)
               ? time_.Between(absl::Milliseconds(100), absl::Seconds(3))
               : time_.Between(absl::Microseconds(100), absl::Milliseconds(5));
  }

  SimulatedHost* host_;
  SimulatedTime& time_;
  const std::string name_;
  fleet::Fleet* fleet_;
  const Switchboard* switchboard_ =
      host_ == nullptr ? nullptr : &host_->switchboard_;
  bool broken_ = false;
  absl::Duration up_, down_;
  std::optional<v1::Assignment> last_;
};

SimulatedHost::SimulatedHost(v1::HostInfo info, SimulatedTime& time,
                             const Programs& programs,
                             const Switchboard& switchboard, HostEvents events)
    : info_(std::move(info)),
      time_(time),
      programs_(programs),
      switchboard_(switchboard),
      events_(std::move(events)) {
  StartAgent();
}

SimulatedHost::~SimulatedHost() {
  if (stream_ != nullptr) stream_->LeaveHost();
}

void SimulatedHost::SetLabel(const std::string& label,
                             const std::string& value) {
  (*info_.mutable_labels())[label] = value;
  BreakStream();
}

void SimulatedHost::KillAgent() {
  if (agent_ == nullptr) return;
  agent_.reset();
  dialling_ = publishing_ = republishing_ = false;
  for (auto& [plan, service] : services_) service->StopAgent();
  BreakStream();
  if (stream_ != nullptr) stream_->LeaveHost();
  stream_.reset();
}

void SimulatedHost::StartAgent() {
  if (agent_ != nullptr) return;
  agent_ = std::make_unique<SimulatedLoop>(time_);
  for (auto& [plan, service] : services_) service->StartAgent();
  DialSoon();
  Beat();
}

void SimulatedHost::CutLink(absl::Duration time) {
  cut_until_ = std::max(cut_until_, time_.Uptime() + time);
  // Noticed by time-outs, if it lasts.
  if (time > absl::Seconds(20)) BreakStream();
}

void SimulatedHost::BreakStream() {
  if (stream_ != nullptr) stream_->Break();
}

void SimulatedHost::DialSoon() {
  if (agent_ == nullptr || std::exchange(dialling_, true)) return;
  agent_->PostAfter(time_.Between(absl::Milliseconds(10), absl::Seconds(5)),
                    [this] {
                      dialling_ = false;
                      Dial();
                    });
}

void SimulatedHost::Dial() {
  if (stream_ != nullptr) return;
  if (switchboard_.fleet == nullptr || !linked()) return DialSoon();
  stream_ = std::make_shared<Stream>(*this, switchboard_.fleet);
  v1::Hello hello;
  *hello.mutable_host() = info_;
  hello.set_highest_epoch(epoch_);
  hello.set_takes_removals(true);
  *hello.mutable_observation() = Observe();
  stream_->Hello(hello);
  for (const auto& [id, report] : reports_) stream_->Report(report);
}

void SimulatedHost::OnEnded(const Stream* stream) {
  if (stream_.get() != stream) return;
  // What was meant for this one comes all the same, long after.
  if (const auto late = stream_->last(); late && time_.Chance(200)) {
    agent_->PostAfter(time_.Between(absl::Seconds(1), absl::Seconds(30)),
                      [this, late] { TakeUp(*late); });
  }
  stream_.reset();
  DialSoon();
}

void SimulatedHost::TakeUp(const v1::Assignment& assignment) {
  const agent::AssignmentNumber told{assignment.epoch(), assignment.serial()};
  if (agent::IsOutdated(told, {epoch_, serial_})) return;
  CheckIsNewer(assignment);
  std::set<std::string> served;
  for (const auto& [plan, service] : services_) {
    if (service->Serves()) served.insert(plan);
  }
  epoch_ = assignment.epoch();
  serial_ = assignment.serial();
  std::set<std::string> mentioned;
  for (const v1::ServiceAssignment& service : assignment.services()) {
    mentioned.insert(service.plan());
    ServiceNamed(service.plan()).Assign(service, false);
  }
  for (const v1::ServiceRemoval& removal : assignment.removals()) {
    mentioned.insert(removal.plan());
    served.erase(removal.plan());
  }
  TakeUpRemovals(assignment);
  for (auto& [plan, service] : services_) {
    if (mentioned.count(plan) > 0 || service->IsGone()) continue;
    if (service->IsBeingRemoved()) {
      service->StopAskingForRemoval();
      continue;
    }
    service->Assign(v1::ServiceAssignment(service->assignment()), true);
  }
  for (const std::string& plan : served) {
    if (service(plan) != nullptr && service(plan)->Serves()) continue;
    events_.on_violation("AbsenceNeverStops",
                         absl::StrCat(name(), " has ended ", plan));
  }
  PublishSoon();
}

void SimulatedHost::TakeUpRemovals(const v1::Assignment& assignment) {
  for (const v1::ServiceRemoval& removal : assignment.removals()) {
    if (events_.on_removal) {
      events_.on_removal(removal.plan(), removal.number());
    }
    ServiceNamed(removal.plan()).Remove(removal.number());
  }
}

// Whatever decides on that.
void SimulatedHost::CheckIsNewer(const v1::Assignment& assignment) {
  const auto told = std::make_pair(assignment.epoch(), assignment.serial());
  if (told < newest_) {
    events_.on_violation(
        "StaleEpochIgnored",
        absl::StrCat(name(), " takes up ", told.first, "/", told.second,
                     " after ", newest_.first, "/", newest_.second));
  }
  newest_ = std::max(newest_, told);
}

SimulatedService* SimulatedHost::service(const std::string& plan) {
  auto found = services_.find(plan);
  return found == services_.end() ? nullptr : found->second.get();
}

SimulatedService& SimulatedHost::ServiceNamed(const std::string& plan) {
  std::unique_ptr<SimulatedService>& service = services_[plan];
  if (service == nullptr) {
    service = std::make_unique<SimulatedService>(
        name(), plan, time_, programs_,
        ServiceEvents{
            [this] { PublishSoon(); },
            [this](v1::SwapReport report) { Report(std::move(report)); },
            events_.on_violation});
  }
  return *service;
}

v1::Observation SimulatedHost::Observe() const {
  v1::Observation observation;
  observation.set_epoch(epoch_);
  observation.set_serial(serial_);
  for (const auto& [plan, service] : services_) {
    if (!service->IsGone()) *observation.add_services() = service->Observe();
  }
  return observation;
}

void SimulatedHost::PublishSoon() {
  if (agent_ == nullptr || std::exchange(publishing_, true)) return;
  agent_->Post([this] {
    publishing_ = false;
    Publish();
  });
}

void SimulatedHost::Publish() {
  const v1::Observation observation = Observe();
  const absl::Duration serving = YoungestServing(observation);
  if (serving <= kNewlyServing && !std::exchange(republishing_, true)) {
    agent_->PostAfter(std::max(absl::Milliseconds(20), serving / 10), [this] {
      republishing_ = false;
      PublishSoon();
    });
  }
  if (stream_ != nullptr) stream_->Observation(observation);
}

void SimulatedHost::Beat() {
  agent_->PostAfter(kHeartbeat, [this] {
    PublishSoon();
    Beat();
  });
}

void SimulatedHost::Report(v1::SwapReport report) {
  reports_[report.id()] = report;
  if (stream_ != nullptr) stream_->Report(report);
}

std::string SimulatedHost::Describe() const {
  std::string text =
      absl::StrCat(name(), agent_ == nullptr ? " without agent" : "",
                   stream_ == nullptr ? " disconnected" : "",
                   linked() ? "" : " cut off", " at ", epoch_, "/", serial_);
  for (const auto& [plan, service] : services_) {
    absl::StrAppend(&text, "\n    ", plan, service->Describe());
  }
  return text;
}

}  // namespace rollout::simulation
