// SPDX-License-Identifier: Apache-2.0
//
// How many hosts may be in change, out of service and with two generations,
// counted anew whenever one begins to change: of its plan, and of all together.

#ifndef TESTS_SIMULATION_LIMIT_INVARIANTS_H_
#define TESTS_SIMULATION_LIMIT_INVARIANTS_H_

#include "tests/simulation/evidence.h"

namespace rollout::simulation {

// Of a host that begins to change while a controller runs.
Finding CheckLimits(const Asking& beginning, const Evidence& evidence);

// Of those on their way forward: ways back take what they need. `most`: so many
// may be in change.
Finding CheckFleetLimit(const Asking& beginning, const Evidence& evidence,
                        int most);

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_LIMIT_INVARIANTS_H_
