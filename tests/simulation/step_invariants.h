// SPDX-License-Identifier: Apache-2.0
//
// CanaryStepsHold: no step has more hosts than it takes, nor gives them more
// than it gives, nor ends before its time or unapproved of.

#ifndef TESTS_SIMULATION_STEP_INVARIANTS_H_
#define TESTS_SIMULATION_STEP_INVARIANTS_H_

#include "tests/simulation/evidence.h"

namespace rollout::simulation {

// Of a host that begins to change while a controller runs.
Finding CheckStepHosts(const Asking& beginning, const Evidence& evidence);

// No host gets more of the revision than it has, or the step gives.
Finding CheckStepShare(const Asking& asking);

Finding CheckStepEnd(const v1::Rollout& before, const v1::Rollout& after,
                     const Evidence& evidence);

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_STEP_INVARIANTS_H_
