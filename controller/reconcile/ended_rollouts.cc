// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/ended_rollouts.h"

#include "controller/store/rollout_status.h"

namespace rollout::reconcile {
namespace {

// The first one that is not over, where `newest` may be.
int64_t FirstUnderWay(const v1::Rollout& newest) {
  return newest.number() + (store::IsUnderWay(newest) ? 0 : 1);
}

}  // namespace

void EndedRollouts::Skip(const v1::Rollout& newest) {
  uncounted_[newest.plan()] = FirstUnderWay(newest);
}

void EndedRollouts::Count(const v1::Rollout& newest) {
  int64_t& uncounted = uncounted_.try_emplace(newest.plan(), 1).first->second;
  const int64_t after = FirstUnderWay(newest);
  if (uncounted == after) return;
  for (const v1::Rollout& rollout : catalog_.Rollouts(newest.plan())) {
    if (rollout.number() < uncounted) break;
    if (!store::IsUnderWay(rollout)) metrics_.CountRollout(rollout);
  }
  uncounted = after;
}

}  // namespace rollout::reconcile
