// SPDX-License-Identifier: Apache-2.0
//
// From records and facts to the view that controller/decide decides on.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_RECONCILE_PLAN_VIEW_H_
#define CONTROLLER_RECONCILE_PLAN_VIEW_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/view.h"
#include "controller/reconcile/host_facts.h"
#include "controller/store/catalog.h"
#include "controller/store/holds.h"
#include "controller/store/record.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::reconcile {

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
// fallback: what counts
// is how many may be, as with a maxSurge of 0.
decide::StrategyView ToView(const v1::PlanSpec& spec);
decide::Phase ToPhase(v1::RolloutPhase phase);
v1::RolloutPhase FromPhase(decide::Phase phase);

// What the store has that concerns one plan.
struct PlanRecords {
  store::PlanState state;
  // Sorted by host.
  std::vector<store::AssignmentRecord> assignments;
  store::Holds holds;
};

// The hosts the plan selects, sorted by name or, where the plan spreads its
// canaries, see decide::SpreadOrder. No time in it is later than now.
decide::PlanView MakePlanView(const PlanRecords& records,
                              const std::map<std::string, HostFacts>& hosts,
                              const Moment& moment);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_PLAN_VIEW_H_
