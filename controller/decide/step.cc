// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/step.h"

namespace rollout::decide {

bool Begins(StepKind kind) {
  return kind == StepKind::kEquip || kind == StepKind::kBringIn ||
         kind == StepKind::kGoBack || kind == StepKind::kWithdraw;
}

Target TargetOf(const PlanView& plan) {
  const RolloutView& rollout = plan.rollout;
  const bool progresses = rollout.phase == Phase::kProgressing;
  const bool forward = progresses || rollout.phase == Phase::kComplete;
  return {forward ? rollout.revision : rollout.stable_revision, rollout.number,
          progresses ? plan.strategy.retries : 0};
}

WeightedRevision Weigh(const HostView& host, const std::string& revision,
                       int weight, const Target& target) {
  for (const WeightedRevision& assigned : host.assigned) {
    if (assigned.revision == revision && revision != target.revision) {
      return {revision, weight, assigned.attempt, assigned.retry};
    }
  }
  int retry = 0;
  if (!host.assigned.empty() && revision == host.assigned.back().revision &&
      host.assigned.back().attempt == target.attempt) {
    retry = host.assigned.back().retry + MayBeAskedAgain(host, target.retries);
  }
  return {revision, weight, target.attempt, retry};
}

bool IsAskedFor(const HostView& host, const Target& target) {
  if (host.assigned.empty()) return false;
  const WeightedRevision& wanted = host.assigned.back();
  return wanted.revision == target.revision &&
         (wanted.attempt == target.attempt ||
          (host.settled && !HasFailed(host)));
}

}  // namespace rollout::decide
