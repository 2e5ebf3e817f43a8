// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/decision.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "controller/decide/canary.h"
#include "controller/decide/rollback.h"
#include "controller/decide/rolling.h"
#include "controller/decide/waiting.h"
#include "controller/decide/why.h"

namespace rollout::decide {
namespace {

// Each try of a host has a deadline of its own, and there are only so many.
bool AsksAgain(const Step& step) {
  return Begins(step.kind) &&
         std::any_of(step.actions.begin(), step.actions.end(),
                     [](const HostAction& action) {
                       return action.revisions.back().retry > 0;
                     });
}

class Pass {
 public:
  explicit Pass(const PlanView& plan);
  Decision Make();

 private:
  void Count();
  Step Settle() const;
  Step Tolerate() const;
  void ChangePhase();
  void Fail(std::string reason, std::string message);
  void ChangePhaseForward();
  void ChangePhaseBack();
  void FailRollback(const std::vector<size_t>& not_back);
  void FollowSteps();
  bool IsComplete() const;
  bool TooManyFailed() const;
  bool DeadlineIsOver() const;
  absl::Time ProgressDeadline() const;
  absl::Duration WaitedUntilNow() const;
  Step NextStep() const;
  void FindWhatItWaitsFor();
  void FindWhatHoldsIt();
  void FindNextTime();

  Classified hosts() const { return {plan_, states_}; }
  bool HasStepsLeft() const {
    return plan_.rollout.steps_done < plan_.strategy.steps.size();
  }
  // Failed in this attempt; what failed before it is no verdict on it.
  bool Failed(size_t i) const {
    if (states_[i].failure == Failure::kNone) return false;
    const WeightedRevision& wanted = plan_.hosts[i].assigned.back();
    return wanted.revision == target_.revision &&
           wanted.attempt == target_.attempt;
  }

  // Has got there, and has not failed since: in an attempt before this one
  // neither, or a rollout of what died late would be over before it asks.
  bool IsThere(size_t i) const {
    const HostView& host = plan_.hosts[i];
    return IsSettledOn(host, target_.revision) && IsAskedFor(host, target_) &&
           !Failed(i) && !MayBeAskedAgain(host, target_.retries);
  }

  const PlanView& plan_;
  const Target target_;
  std::vector<HostState> states_;
  Decision decision_;
  // Index of the first host that failed; -1: none.
  int first_failed_ = -1;
};

Pass::Pass(const PlanView& plan) : plan_(plan), target_(TargetOf(plan)) {
  states_.reserve(plan.hosts.size());
  for (const HostView& host : plan.hosts) {
    states_.push_back(Classify(host, plan));
  }
  decision_.phase = plan.rollout.phase;
  decision_.paused = plan.rollout.paused;
  decision_.steps_done = plan.rollout.steps_done;
  decision_.step_reached = plan.rollout.step_reached;
}

Decision Pass::Make() {
  Count();
  decision_.step = Settle();
  if (decision_.step.actions.empty()) {
    ChangePhase();
    bool changed = decision_.phase != plan_.rollout.phase;
    if (!changed && !decision_.paused) {
      decision_.step = Tolerate();
    }
    if (!changed && !decision_.paused && decision_.step.actions.empty()) {
      FollowSteps();
      decision_.step = NextStep();
    }
  }
  FindWhatItWaitsFor();
  FindNextTime();
  decision_.in_change_then =
      decision_.counts.in_change +
      (Begins(decision_.step.kind) ? decision_.step.actions.size() : 0);
  return std::move(decision_);
}

void Pass::Count() {
  Counts& counts = decision_.counts;
  counts.desired = plan_.hosts.size();
  for (size_t i = 0; i < states_.size(); ++i) {
    counts.updated += IsThere(i);
    counts.unavailable += states_[i].unavailable;
    counts.in_change += states_[i].in_change;
    counts.overlapping += states_[i].overlapping;
    if (!Failed(i)) continue;
    counts.failed += 1;
    if (first_failed_ < 0) first_failed_ = i;
  }
  if (first_failed_ < 0) return;
  decision_.failed_host = plan_.hosts[first_failed_].name;
  decision_.failed_message = states_[first_failed_].message;
}

Step Pass::Settle() const {
  Step step{StepKind::kSettle, {}};
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!states_[i].settles) continue;
    step.actions.push_back({i, plan_.hosts[i].assigned});
  }
  return step.actions.empty() ? Step{} : step;
}

// Once tolerated it stays so, or a host that its agent tries again and again
// would be in change again and again.
Step Pass::Tolerate() const {
  if (plan_.rollout.phase != Phase::kProgressing) return {};
  Step step{StepKind::kTolerate, {}};
  for (size_t i = 0; i < states_.size(); ++i) {
    const HostView& host = plan_.hosts[i];
    if (states_[i].failure == Failure::kNone || host.failed || host.settled) {
      continue;
    }
    step.actions.push_back({i, host.assigned});
  }
  return step.actions.empty() ? Step{} : step;
}

void Pass::ChangePhase() {
  if (plan_.rollout.paused) return;
  if (plan_.rollout.phase == Phase::kProgressing) ChangePhaseForward();
  if (plan_.rollout.phase == Phase::kRollingBack) ChangePhaseBack();
}

// What the step gives is asked for by the hosts' next step, see rolling.h; what
// the next one gives, in the next pass.
void Pass::FollowSteps() {
  StepState state = FollowStep(hosts(), target_);
  decision_.steps_done = state.done;
  decision_.step_reached = state.reached;
  decision_.waiting = std::move(state.waiting);
  decision_.waiting_message = std::move(state.waiting_message);
  decision_.next = std::min(decision_.next, state.next);
}

// Of canaries some have to do well, whatever is tolerated.
bool Pass::TooManyFailed() const {
  const Counts& counts = decision_.counts;
  if (counts.failed == 0) return false;
  int asked = 0;
  bool any_well = false, others = false;
  for (size_t i = 0; i < states_.size(); ++i) {
    const HostView& host = plan_.hosts[i];
    const bool is_asked = IsAskedFor(host, target_);
    asked += is_asked;
    any_well |= is_asked && !Failed(i);
    others |= !is_asked && IsExpected(host);
  }
  const bool all_asked = asked >= CourseOf(plan_).hosts || !others;
  return counts.failed >
             plan_.strategy.failure_tolerance.RoundedDown(counts.desired) ||
         (HasStepsLeft() && all_asked && !any_well);
}

void Pass::ChangePhaseForward() {
  if (TooManyFailed()) {
    bool late = states_[first_failed_].failure == Failure::kDeadline;
    Fail(late ? "HostDeadlineExceeded" : "HostFailed",
         absl::StrCat("host ", decision_.failed_host, ": ",
                      decision_.failed_message));
  } else if (IsComplete()) {
    decision_.phase = Phase::kComplete;
    decision_.reason = "Complete";
    decision_.message =
        absl::StrCat(decision_.counts.updated, " of ", decision_.counts.desired,
                     " hosts serve the revision");
  } else if (DeadlineIsOver()) {
    Fail("ProgressDeadlineExceeded",
         absl::StrCat("no host got there in ",
                      absl::FormatDuration(plan_.strategy.progress_deadline),
                      "; ", decision_.counts.updated, " of ",
                      decision_.counts.desired, " have"));
  }
}

// Back to the stable revision; a person decides where that is not wanted; the
// end where there is none.
void Pass::Fail(std::string reason, std::string message) {
  const std::string& stable = plan_.rollout.stable_revision;
  decision_.reason = std::move(reason);
  decision_.message = std::move(message);
  if (!plan_.strategy.auto_rollback) {
    decision_.paused = true;
  } else if (stable.empty()) {
    decision_.phase = Phase::kFailed;
    absl::StrAppend(&decision_.message, " (", decision_.reason,
                    "); there is no stable revision to go back to, hosts keep "
                    "what they run");
    decision_.reason = "NoStableRevision";
  } else if (stable == plan_.rollout.revision) {
    decision_.phase = Phase::kFailed;
    absl::StrAppend(&decision_.message,
                    "; this is the stable revision, there is no other to go "
                    "back to");
  } else {
    decision_.phase = Phase::kRollingBack;
  }
}

// Hosts that were down or cordoned before the rollout could touch them are not
// waited for, as long as no more are out of service than may be.
bool Pass::IsComplete() const {
  if (HasStepsLeft()) return false;
  if (decision_.counts.updated == 0) return false;
  bool all_there = decision_.counts.updated == decision_.counts.desired;
  for (size_t i = 0; i < states_.size() && !all_there; ++i) {
    const HostView& host = plan_.hosts[i];
    if (IsThere(i) || Failed(i)) continue;
    if (IsExpected(host) || IsAssigned(host, target_.revision)) return false;
  }
  auto limits =
      ResolveLimits(plan_.strategy.max_surge, plan_.strategy.max_unavailable,
                    decision_.counts.desired);
  return decision_.counts.unavailable <=
         (limits.ok() ? limits->unavailable : 0);
}

absl::Time Pass::ProgressDeadline() const {
  return std::max(plan_.rollout.progressed, plan_.rollout.unpaused_since) +
         WaitedUntilNow() + plan_.strategy.progress_deadline;
}

absl::Duration Pass::WaitedUntilNow() const {
  return std::max(plan_.now - plan_.rollout.waiting_since,
                  absl::ZeroDuration());
}

bool Pass::DeadlineIsOver() const { return plan_.now >= ProgressDeadline(); }

void Pass::ChangePhaseBack() {
  std::vector<size_t> not_back = NotBack(hosts(), target_);
  if (!not_back.empty()) {
    if (DeadlineIsOver()) FailRollback(not_back);
    return;
  }
  if (first_failed_ >= 0) {
    decision_.phase = Phase::kFailed;
    decision_.reason = "RollbackFailed";
    decision_.message = absl::StrCat("host ", decision_.failed_host, ": ",
                                     decision_.failed_message);
    return;
  }
  decision_.phase =
      plan_.rollout.aborted ? Phase::kAborted : Phase::kRolledBack;
}

// Nothing moves: a person has to look. A few hosts are enough to begin with.
void Pass::FailRollback(const std::vector<size_t>& not_back) {
  constexpr size_t kNamed = 3;
  std::vector<std::string> reasons;
  for (size_t i : not_back) {
    if (reasons.size() == kNamed) break;
    reasons.push_back(absl::StrCat("host ", plan_.hosts[i].name, ": ",
                                   WhyNotBack(hosts(), i, target_)));
  }
  decision_.phase = Phase::kFailed;
  decision_.reason = "RollbackFailed";
  decision_.message = absl::StrCat(
      "no host got back in ",
      absl::FormatDuration(plan_.strategy.progress_deadline), "; ",
      not_back.size(), " have not: ", absl::StrJoin(reasons, "; "));
}

Step Pass::NextStep() const {
  switch (plan_.rollout.phase) {
    case Phase::kProgressing:
      return NextStepForward(hosts(), target_, /*over=*/false);
    case Phase::kRollingBack:
      return NextStepBack(hosts(), target_);
    case Phase::kComplete:
    case Phase::kRolledBack:
    case Phase::kAborted:
      if (target_.revision.empty()) return {};
      return NextStepForward(hosts(), target_, /*over=*/true);
    default:
      return {};
  }
}

void Pass::FindWhatItWaitsFor() {
  const bool turned = decision_.phase != plan_.rollout.phase;
  if (!decision_.waiting.empty() || decision_.paused || turned ||
      decision_.step.kind != StepKind::kNone || IsOver(decision_.phase)) {
    return;
  }
  if (decision_.phase == Phase::kProgressing) {
    Waiting waiting = WhatItWaitsFor(hosts(), target_);
    decision_.waiting = std::move(waiting.reason);
    decision_.waiting_message = std::move(waiting.message);
  }
  const bool goes_on = decision_.steps_done > plan_.rollout.steps_done;
  if (!decision_.waiting.empty() || goes_on || AnyMoves(hosts())) return;
  FindWhatHoldsIt();
}

// Of the first one that the rollout waits for.
void Pass::FindWhatHoldsIt() {
  const std::vector<HostWhy> whys = Why(plan_);
  for (size_t i = 0; i < whys.size(); ++i) {
    const bool is_passed_by =
        plan_.hosts[i].lease_over || states_[i].failure != Failure::kNone ||
        whys[i].rule == "Cordoned" || whys[i].rule == "RolloutOver";
    if (is_passed_by || whys[i].rule.empty()) continue;
    decision_.held = whys[i].rule;
    decision_.held_message =
        absl::StrCat("host ", plan_.hosts[i].name, ": ", whys[i].message);
    return;
  }
}

void Pass::FindNextTime() {
  // What was due already and is not done now waits for something else.
  auto consider = [this](absl::Time time) {
    if (time > plan_.now) decision_.next = std::min(decision_.next, time);
  };
  for (const HostState& state : states_) consider(state.next);
  consider(NextStepForwardAt(hosts()));
  if (!IsOver(decision_.phase) && !decision_.paused &&
      decision_.waiting.empty()) {
    consider(ProgressDeadline());
  }
  if (decision_.waiting.empty()) decision_.waited = WaitedUntilNow();
  decision_.progressed = decision_.step.kind == StepKind::kSettle ||
                         decision_.step.kind == StepKind::kGoBack ||
                         AsksAgain(decision_.step) ||
                         decision_.steps_done > plan_.rollout.steps_done ||
                         (decision_.phase == Phase::kRollingBack &&
                          plan_.rollout.phase != Phase::kRollingBack);
}

}  // namespace

Decision Decide(const PlanView& plan) { return Pass(plan).Make(); }

}  // namespace rollout::decide
