// SPDX-License-Identifier: Apache-2.0
//
// A rollout's conditions: what it says of itself in the field's usual form.
// docs/formats/conditions.md has them all.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_RECONCILE_CONDITIONS_H_
#define CONTROLLER_RECONCILE_CONDITIONS_H_

#include "controller/decide/decision.h"
#include "controller/decide/view.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::reconcile {

// Brings all five up to date. Phase, pause, reason and message are those after
// the decision.
void SetConditions(const decide::PlanView& view,
                   const decide::Decision& decision, v1::Rollout* rollout);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_CONDITIONS_H_
