// SPDX-License-Identifier: Apache-2.0
//
// Plans by chance: limits, clocks, canary steps.

#ifndef TESTS_SIMULATION_ANY_SPEC_H_
#define TESTS_SIMULATION_ANY_SPEC_H_

#include <string>

#include "proto/rollout/v1/plan.pb.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

// Of the plan with that name, for hosts that say "yes" to a label of that name.
v1::PlanSpec AnySpec(const std::string& plan, const std::string& command,
                     SimulatedTime& time);

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_ANY_SPEC_H_
