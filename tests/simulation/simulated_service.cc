// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/simulated_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/decide/decide.h"
#include "agent/decide/removal.h"
#include "agent/decide/restart_policy.h"

namespace rollout::simulation {
namespace {

constexpr int kWholeWeight = 1000;
constexpr absl::Duration kStartupTimeout = absl::Seconds(15);

uint64_t Ns(absl::Duration time) { return absl::ToInt64Nanoseconds(time); }

bool IsAlive(const agent::GenerationRecord& record) {
  return record.shim.pid() != 0 && record.shim.times().drain_began_ns() == 0;
}

}  // namespace

SimulatedService::SimulatedService(std::string host, std::string plan,
                                   SimulatedTime& time,
                                   const Programs& programs,
                                   ServiceEvents events)
    : host_(std::move(host)),
      plan_(std::move(plan)),
      time_(time),
      programs_(programs),
      events_(std::move(events)),
      machine_(time) {
  StartAgent();
}

void SimulatedService::Assign(const v1::ServiceAssignment& assignment,
                              bool orphaned) {
  assignment_ = assignment;
  orphaned_ = orphaned;
  removal_ = 0;
  removed_ = gone_ = false;
  for (const v1::Revision& revision : assignment.templates()) {
    templates_[revision.id()] = revision;
  }
  wanted_.Assign(assignment);
  AskForPass();
}

void SimulatedService::Remove(int64_t removal) {
  orphaned_ = false;
  if (removal_ == removal) return;
  removal_ = removal;
  removed_ = gone_ = false;
  assignment_.clear_revisions();
  wanted_.Assign(assignment_);
  AskForPass();
}

void SimulatedService::StopAskingForRemoval() {
  orphaned_ = true;
  if (!removed_) return;
  removal_ = 0;
  removed_ = false;
  gone_ = true;
}

void SimulatedService::StopAgent() {
  agent_.reset();
  pass_posted_ = false;
  wake_ = absl::InfiniteDuration();
}

// What it kept is what it goes on with; it asks every generation anew.
void SimulatedService::StartAgent() {
  agent_ = std::make_unique<SimulatedLoop>(time_);
  wanted_ = {};
  wanted_.Assign(assignment_);
  for (const auto& [revision, known] : rejected_) {
    agent::WantedRevision* wanted = wanted_.Find(revision);
    if (wanted != nullptr && wanted->attempt == known.attempt) *wanted = known;
  }
  for (auto& [number, running] : generations_) {
    agent::GenerationRecord kept;
    kept.shim = running.record.shim;
    running.record = std::move(kept);
    Probes(number, time_.Between(absl::Milliseconds(5), absl::Seconds(1)));
  }
  AskForPass();
}

void SimulatedService::Crash() {
  for (auto& [number, running] : generations_) {
    if (IsAlive(running.record) && running.record.shim.weight() > 0) {
      return Die(number);
    }
  }
}

void SimulatedService::Flap() {
  if (agent_ == nullptr) return;
  for (auto& [number, running] : generations_) {
    if (!running.record.ready || time_.Chance(500)) continue;
    running.record.ready = false;
    if (time_.Chance(300)) running.record.liveness_problem = "liveness: no";
    Probes(number, time_.Between(absl::Seconds(1), absl::Seconds(8)));
    events_.on_changed();
    return AskForPass();
  }
}

bool SimulatedService::Serves() const {
  int weight = 0;
  for (const auto& [number, running] : generations_) {
    if (IsAlive(running.record) && running.answers) {
      weight += running.record.shim.weight();
    }
  }
  return weight == kWholeWeight;
}

std::string SimulatedService::ServingRevision() const {
  for (const auto& [number, running] : generations_) {
    if (IsAlive(running.record) && running.answers &&
        running.record.shim.weight() == kWholeWeight) {
      return running.record.shim.revision();
    }
  }
  return "";
}

int SimulatedService::LiveRevisions() const {
  std::set<std::string> live;
  for (const auto& [number, running] : generations_) {
    if (running.record.shim.pid() != 0) {
      live.insert(running.record.shim.revision());
    }
  }
  return static_cast<int>(live.size());
}

void SimulatedService::AskForPass() {
  if (agent_ == nullptr || std::exchange(pass_posted_, true)) return;
  agent_->Post([this] {
    pass_posted_ = false;
    Pass();
  });
}

void SimulatedService::Pass() {
  if (gone_) return;
  const bool served = Serves();
  agent::Decision decision = Decide();
  for (int i = 0; Carry(decision); ++i) {
    events_.on_changed();
    if (i == 100) {
      events_.on_violation("EventuallySettles", "an agent decides for ever");
      return;
    }
    decision = Decide();
  }
  if (removal_ == 0 && served && !Serves()) {
    events_.on_violation(
        "NeverBelowMinAvailable",
        absl::StrCat("host ", host_, " was put out of service by its agent"));
  }
  const absl::Duration wake = time_.Uptime() + decision.wake_after;
  if (decision.wake_after == absl::InfiniteDuration() || wake >= wake_) return;
  wake_ = wake;
  agent_->PostAfter(decision.wake_after, [this, wake] {
    if (wake_ == wake) wake_ = absl::InfiniteDuration();
    Pass();
  });
}

agent::Decision SimulatedService::Decide() const {
  return removal_ == 0 ? agent::Decide(View()) : agent::DecideRemoval(View());
}

agent::ServiceView SimulatedService::View() const {
  agent::ServiceView view;
  const absl::Duration now = time_.Uptime();
  for (const agent::WantedRevision& wanted : wanted_.all()) {
    agent::RevisionView revision;
    revision.revision = wanted.revision;
    revision.attempt = wanted.attempt;
    revision.weight = wanted.weight;
    revision.artifact = wanted.artifact;
    revision.rejected = wanted.rejected;
    revision.start_delay =
        std::max(wanted.not_before - now, absl::ZeroDuration());
    revision.startup_timeout = kStartupTimeout;
    view.revisions.push_back(std::move(revision));
  }
  for (const auto& [number, running] : generations_) {
    view.generations.push_back(agent::ViewOf(running.record, now));
  }
  return view;
}

bool SimulatedService::Carry(const agent::Decision& decision) {
  for (const agent::Failure& failure : decision.failures) GiveUp(failure);
  if (decision.weights) SetWeights(*decision.weights);
  for (int64_t generation : decision.forget) generations_.erase(generation);
  for (int64_t generation : decision.drain) Drain(generation);
  for (const std::string& revision : decision.fetch) Fetch(revision);
  for (const std::string& revision : decision.start) Start(revision);
  if (decision.end_shim && !std::exchange(removed_, true)) {
    events_.on_changed();
  }
  return !decision.failures.empty() || decision.weights ||
         !decision.forget.empty() || !decision.drain.empty() ||
         !decision.fetch.empty() || !decision.start.empty();
}

void SimulatedService::GiveUp(const agent::Failure& failure) {
  Running* running = Find(failure.generation);
  if (agent::WantedRevision* wanted = wanted_.Find(failure.revision)) {
    if (running != nullptr &&
        running->record.ready_since > absl::ZeroDuration() &&
        time_.Uptime() - running->record.ready_since >= agent::kSteadyAfter) {
      wanted->failures = 0;
    }
    agent::RecordFailure(failure.reason, failure.generation, failure.final,
                         time_.Uptime(), wanted);
    if (failure.final) rejected_[failure.revision] = *wanted;
  }
  if (running != nullptr) running->record.failure = failure.reason;
}

void SimulatedService::SetWeights(const agent::Weights& weights) {
  const uint64_t now = Ns(time_.Uptime());
  for (auto& [number, running] : generations_) {
    auto found = weights.find(number);
    const uint32_t weight = found == weights.end() ? 0 : found->second;
    const uint32_t before = running.record.shim.weight();
    shim::v1::GenerationTimes& times = *running.record.shim.mutable_times();
    running.record.shim.set_weight(weight);
    if (weight == kWholeWeight && before != kWholeWeight) {
      times.set_flip_began_ns(now);
      times.set_flip_ended_ns(now);
      v1::SwapReport report;
      report.set_id(absl::StrCat(plan_, "/", number));
      report.set_plan(plan_);
      report.set_new_revision(running.record.shim.revision());
      report.set_final(true);
      events_.on_report(report);
    }
    if (running.record.shim.pid() == 0 && weight == 0) {
      running.record.shim.set_ended(true);
    }
    const absl::Duration dies_after = running.behaviour.dies_after;
    if (weight == 0 || dies_after == absl::InfiniteDuration() ||
        std::exchange(running.dies, true)) {
      continue;
    }
    machine_.PostAfter(dies_after, [this, n = number] { Die(n); });
  }
}

void SimulatedService::Fetch(const std::string& revision) {
  wanted_.Find(revision)->artifact = agent::ArtifactState::kFetching;
  const absl::Duration takes =
      time_.Between(absl::Milliseconds(1), absl::Milliseconds(500));
  agent_->PostAfter(takes, [this, revision] {
    agent::WantedRevision* wanted = wanted_.Find(revision);
    if (wanted == nullptr) return;
    // Now and then the source is away.
    if (time_.Chance(20)) {
      wanted->artifact = agent::ArtifactState::kMissing;
      wanted->fetch_problem = "the source does not answer";
      wanted->not_before =
          time_.Uptime() + agent::RestartDelay(++wanted->fetch_tries);
    } else {
      wanted->artifact = agent::ArtifactState::kPresent;
      wanted->fetch_problem.clear();
      wanted->fetch_tries = 0;
      verified_.insert(revision);
    }
    events_.on_changed();
    AskForPass();
  });
}

void SimulatedService::Start(const std::string& revision) {
  if (verified_.count(revision) == 0) {
    events_.on_violation("OnlyVerifiedArtifactsRun",
                         absl::StrCat("host ", host_, " runs ", revision,
                                      ", which was never verified"));
  }
  const int64_t number = ++last_generation_;
  Running& running = generations_[number];
  shim::v1::Generation& shim = running.record.shim;
  shim.set_number(number);
  shim.set_revision(revision);
  shim.set_attempt(wanted_.Find(revision)->attempt);
  shim.set_pid(static_cast<int32_t>(1000 + number));
  shim.mutable_times()->set_started_ns(Ns(time_.Uptime()));
  const absl::Duration takes =
      time_.Between(absl::Milliseconds(5), absl::Seconds(3));
  running.behaviour = programs_.Of(CommandOf(revision), host_);
  if (starts_[revision]++ >= running.behaviour.starts) running.behaviour = {};
  machine_.PostAfter(takes, [this, number] {
    Running* running = Find(number);
    if (running == nullptr || running->record.shim.pid() == 0) return;
    running->record.shim.set_all_endpoints_listen(true);
    running->answers = running->behaviour.becomes_ready;
    Probes(number, absl::ZeroDuration());
  });
}

void SimulatedService::Drain(int64_t generation) {
  Running& running = generations_.at(generation);
  running.record.shim.mutable_times()->set_drain_began_ns(Ns(time_.Uptime()));
  machine_.PostAfter(time_.Between(absl::Milliseconds(10), absl::Seconds(5)),
                     [this, generation] { Die(generation); });
}

void SimulatedService::Die(int64_t generation) {
  Running* running = Find(generation);
  if (running == nullptr || running->record.shim.pid() == 0) return;
  running->answers = false;
  running->record.ready = false;
  running->record.shim.set_pid(0);
  running->record.shim.set_exit_status(9);
  running->record.shim.mutable_times()->set_gone_ns(Ns(time_.Uptime()));
  running->record.shim.set_ended(running->record.shim.weight() == 0);
  events_.on_changed();
  AskForPass();
}

void SimulatedService::Probes(int64_t generation, absl::Duration delay) {
  if (agent_ == nullptr) return;
  agent_->PostAfter(delay, [this, generation] { Probe(generation); });
}

void SimulatedService::Probe(int64_t generation) {
  Running* running = Find(generation);
  if (running == nullptr || !IsAlive(running->record) || !running->answers) {
    return;
  }
  agent::GenerationRecord& record = running->record;
  record.ready = true;
  record.liveness_problem.clear();
  record.ready_since = time_.Uptime();
  if (record.first_ready == absl::ZeroDuration()) {
    record.first_ready = time_.Uptime();
  }
  events_.on_changed();
  AskForPass();
}

SimulatedService::Running* SimulatedService::Find(int64_t generation) {
  auto found = generations_.find(generation);
  return found == generations_.end() ? nullptr : &found->second;
}

std::string SimulatedService::CommandOf(const std::string& revision) const {
  auto found = templates_.find(revision);
  return found == templates_.end() ? "" : found->second.service().command(0);
}

}  // namespace rollout::simulation
