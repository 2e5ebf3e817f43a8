// SPDX-License-Identifier: Apache-2.0
//
// What a decision makes of a rollout's record: phase, counts, conditions, and
// the events that tell of it.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_RECONCILE_ROLLOUT_RECORD_H_
#define CONTROLLER_RECONCILE_ROLLOUT_RECORD_H_

#include <vector>

#include "controller/decide/decision.h"
#include "controller/decide/view.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::reconcile {

// The record as the decision leaves it; the same record when the decision says
// nothing new.
v1::Rollout Updated(const v1::Rollout& before, const decide::PlanView& view,
                    const decide::Decision& decision);

// One for every turn of the rollout, and for every host that has got there or
// is asked again.
std::vector<v1::Event> EventsOf(const v1::Rollout& before,
                                const v1::Rollout& after,
                                const decide::PlanView& view,
                                const decide::Decision& decision);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_ROLLOUT_RECORD_H_
