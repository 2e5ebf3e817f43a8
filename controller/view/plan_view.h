// SPDX-License-Identifier: Apache-2.0
//
// From records and facts to the values that controller/decide decides on.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_VIEW_PLAN_VIEW_H_
#define CONTROLLER_VIEW_PLAN_VIEW_H_

#include <string>

#include "absl/time/time.h"
#include "controller/decide/view.h"
#include "controller/view/host_facts.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::view {

// Wall clock and monotonic clock advance alike but for this, unless the wall
// clock is set.
inline constexpr absl::Duration kClockSlack = absl::Seconds(3);

// The moment a view is made at, by both clocks.
struct Moment {
  absl::Time now;
  absl::Duration uptime;
  // When this controller began, or the wall clock was set; no deadline runs
  // from before.
  absl::Time started;
};

// A host that changes is out of service, with handover exclusive, be it as a
// fallback: what counts is how many may be, as with a maxSurge of 0.
decide::StrategyView ToView(const v1::PlanSpec& spec);
decide::Phase ToPhase(v1::RolloutPhase phase);
v1::RolloutPhase FromPhase(decide::Phase phase);

// One host as it is told by `facts`, without what it was asked for and whether
// it is held; as of when it was observed, see LivePlanView.
decide::HostView ToView(const std::string& plan, const HostFacts& facts);

// No time in it is later than now.
decide::RolloutView ToView(const v1::Rollout& rollout, const Moment& moment);

// A time that lies ahead was stored before the wall clock was set back: what
// ran from it starts over.
absl::Time Past(absl::Time stored, const Moment& moment);

}  // namespace rollout::view

#endif  // CONTROLLER_VIEW_PLAN_VIEW_H_
