// SPDX-License-Identifier: Apache-2.0
//
// Ends every service of a host, and its shims: what an operator asks for before
// a machine is taken away. No agent runs meanwhile.

#ifndef AGENT_RECONCILE_STOP_SERVICES_H_
#define AGENT_RECONCILE_STOP_SERVICES_H_

#include "absl/status/status.h"
#include "agent/reconcile/surroundings.h"

namespace rollout::agent {

// Drains each service as its plan says, one after the other, and logs each.
// Blocks until nothing is left. Forgets the assignment, so that an agent
// started later starts nothing by itself. Unavailable: a shim did not answer;
// the others are ended all the same.
absl::Status StopServices(Surroundings* around);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_STOP_SERVICES_H_
