// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/proto_time.h"
#include "base/scheduling.h"

namespace rollout::agent {

Service::Service(std::string name, Surroundings* around, EventLoop* loop,
                 Disk* disk, ServiceEvents events)
    : name_(std::move(name)),
      around_(*around),
      loop_(*loop),
      disk_(*disk),
      events_(std::move(events)),
      directory_(ServiceDirectory(*around, name_)),
      shim_(name_, &around->shims, loop, &worker_,
            {[this](const shim::v1::Status& status) { OnStatus(status); },
             [this](const absl::Status& why) { OnShimLost(why); }}),
      readiness_(
          &around->probes, loop, &worker_,
          [this](int64_t generation, const probe::ProbeVerdict& verdict) {
            OnReadiness(generation, verdict);
          }),
      liveness_(&around->probes, loop, &worker_,
                [this](int64_t generation, const probe::ProbeVerdict& verdict) {
                  OnLiveness(generation, verdict);
                }),
      recorder_({name_, around->host.name(), around->state_directory},
                &around->files, disk, events_.on_report) {
  worker_.Post(RunAhead);
  absl::StatusOr<std::string> last =
      around_.files.Read(absl::StrCat(directory_, "/last_generation"));
  if (last.ok() && !absl::SimpleAtoi(*last, &last_generation_)) {
    last_generation_ = 0;
  }
}

Service::~Service() {
  // A fetch may wait for it.
  if (keeper_ != nullptr) keeper_->Stop();
  fetcher_.Stop();
  worker_.Stop();
}

void Service::Assign(const v1::ServiceAssignment& assignment, bool orphaned) {
  assigned_ = true;
  orphaned_ = orphaned;
  removal_ = 0;
  ending_ = removed_ = gone_ = false;
  adopt_.reset();
  if (assignment.has_adopt()) adopt_ = assignment.adopt();
  wanted_.Assign(assignment);
  output_ = assignment.output();
  KeepOutput();
  for (const v1::Revision& revision : assignment.templates()) {
    templates_[revision.id()] = revision;
  }
  // Those that were found before their templates were known.
  for (auto& [number, record] : generations_) FollowProbes(&record);
  FollowCertificates();
  // It is opened when the directory is cleared of what was there before.
  if (!cleaning_) shim_.Open();
  events_.on_changed();
  AskForPass();
}

void Service::Restore(const v1::ServiceState& state) {
  if (state.removal() != 0) {
    for (const v1::Revision& revision : state.assignment().templates()) {
      templates_[revision.id()] = revision;
    }
    Remove(state.removal());
    orphaned_ = state.orphaned();
    return BeginRemoval();
  }
  Assign(state.assignment(), state.orphaned());
  for (const v1::RejectedRevision& rejected : state.rejected()) {
    WantedRevision* wanted = wanted_.Find(rejected.revision());
    if (wanted == nullptr || wanted->attempt != rejected.attempt()) continue;
    RecordFailure(rejected.reason(), rejected.generation(), true, Now(),
                  wanted);
  }
}

void Service::Adopt() {
  KeepOutput();
  shim_.Open();
}

void Service::ResumeReport(v1::SwapReport report) {
  recorder_.Resume(std::move(report));
}

void Service::OnStatus(const shim::v1::Status& status) {
  known_ = true;
  shim_takes_limits_ = status.takes_group_limits();
  shim_knows_upgrades_ = status.knows_upgrades();
  if (shim_pid_ != status.pid()) FollowShimProgram(status);
  shim_pid_ = status.pid();
  last_generation_ = std::max(last_generation_,
                              static_cast<int64_t>(status.last_generation()));
  holding_ = status.holding();
  std::map<int64_t, GenerationRecord> before = std::move(generations_);
  generations_.clear();
  for (const shim::v1::Generation& told : status.generations()) {
    auto known = before.find(told.number());
    if (known != before.end()) {
      generations_[told.number()] = std::move(known->second);
    }
    Learn(told);
  }
  for (const auto& [number, record] : before) {
    if (generations_.count(number) > 0) continue;
    EndProbes(number);
    forgetting_.erase(number);
  }
  // When all are known: one may answer for another.
  for (auto& [number, record] : generations_) FollowProbes(&record);
  if (generations_.count(starting_) > 0) starting_ = 0;
  FollowCertificates();
  ForgetTemplates();
  recorder_.Update(generations_);
  AskForPass();
  events_.on_changed();
}

void Service::Learn(const shim::v1::Generation& told) {
  const int64_t number = static_cast<int64_t>(told.number());
  const bool is_new = generations_.count(number) == 0;
  GenerationRecord& record = generations_[number];
  record.shim = told;
  if (told.weight() == 0) {
    record.readiness_budget.reset();
    record.liveness_budget.reset();
  }
  LearnUsage(&record);
  // Its turn has come; whether the next one fits is another question.
  WantedRevision* wanted = wanted_.Find(told.revision());
  if (wanted != nullptr && told.weight() > 0) wanted->takes_turn = false;
  // One that served when this agent came has shown that it can: it is asked
  // again, and is believed until it fails.
  if (is_new && starting_ != number && HasServed(record) && told.pid() != 0) {
    SetReady(true, &record);
  }
}

void Service::OnShimLost(const absl::Status& why) {
  LogWarning("service ", name_, ": shim: ", why.message());
  // A shim may be busy for some seconds, starting a generation.
  constexpr int kPatience = 10;
  known_ = known_ || ++failed_openings_ >= kPatience;
  starting_ = 0;
  // What is not known is not told: silence must not pass for health.
  for (const auto& [number, record] : generations_) EndProbes(number);
  generations_.clear();
  holding_ = false;
  forgetting_.clear();
  if (ending_) LookWhetherEnded();
  events_.on_changed();
}

void Service::AskForPass(absl::Duration delay) {
  const absl::Duration at = Now() + delay;
  if (at >= next_pass_) return;
  next_pass_ = at;
  auto pass = [this, at] {
    // An earlier one was asked for since, or has just been made.
    if (at != next_pass_) return;
    next_pass_ = absl::InfiniteDuration();
    Pass();
  };
  if (delay > absl::ZeroDuration()) {
    loop_.PostAfter(delay, std::move(pass));
  } else {
    // Before what is posted after this.
    loop_.Post(std::move(pass));
  }
}

void Service::Pass() {
  if (!assigned_ || !shim_.is_settled() || starting_ != 0 || ending_) return;
  if (removal_ != 0) {
    if (removal_kept_) Carry(DecideRemoval(View()));
    return;
  }
  Decision decision = Decide(View());
  if (!decision.failures.empty()) {
    for (const Failure& failure : decision.failures) GiveUp(failure);
    // Clients wait, and the words about it can.
    const Decision next = Decide(View());
    if (next.weights) SetWeights(*next.weights);
    for (const Failure& failure : decision.failures) TellGivenUp(failure);
    AskForPass();
    return;
  }
  Carry(decision);
  if (decision.wake_after < absl::InfiniteDuration()) {
    AskForPass(decision.wake_after);
  }
}

ServiceView Service::View() const {
  ServiceView view;
  const absl::Duration now = Now();
  for (const WantedRevision& wanted : wanted_.all()) {
    RevisionView revision;
    revision.revision = wanted.revision;
    revision.attempt = wanted.attempt;
    revision.weight = wanted.weight;
    revision.artifact = wanted.artifact;
    revision.rejected = wanted.rejected;
    revision.exclusive = IsExclusive(wanted.revision);
    revision.by_upgrade = IsByUpgrade(wanted.revision);
    revision.start_delay =
        std::max(wanted.not_before - now, absl::ZeroDuration());
    if (const v1::Revision* known = Template(wanted.revision)) {
      revision.startup_timeout = FromProto(known->service().startup_timeout());
    }
    view.revisions.push_back(std::move(revision));
  }
  for (const auto& [number, record] : generations_) {
    if (forgetting_.count(number) > 0) continue;
    view.generations.push_back(ViewOf(record, now));
    view.generations.back().exclusive = IsExclusive(record.shim.revision());
    view.generations.back().restless = IsRestless(record);
  }
  view.holding = holding_;
  return view;
}

void Service::Carry(const Decision& decision) {
  if (decision.weights) SetWeights(*decision.weights);
  if (decision.hold_for) Hold(*decision.hold_for);
  for (int64_t generation : decision.forget) Forget(generation);
  for (int64_t generation : decision.drain) Drain(generation);
  for (const std::string& revision : decision.fetch) Fetch(revision);
  for (const std::string& revision : decision.start) {
    // One at a time: the next pass sees this one.
    StartGeneration(revision);
    break;
  }
  if (decision.end_shim) EndShim();
}

void Service::ForgetTemplates() {
  for (auto known = templates_.begin(); known != templates_.end();) {
    bool used = wanted_.Find(known->first) != nullptr;
    for (const auto& [number, record] : generations_) {
      used = used || record.shim.revision() == known->first;
    }
    known = used || !known_ ? std::next(known) : templates_.erase(known);
  }
}

const v1::Revision* Service::Template(const std::string& revision) const {
  auto found = templates_.find(revision);
  return found == templates_.end() ? nullptr : &found->second;
}

}  // namespace rollout::agent
