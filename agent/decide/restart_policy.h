// SPDX-License-Identifier: Apache-2.0
//
// How long a service that died is left alone before it is started again. The
// first restart comes soon, because its clients wait in the queue that the
// shim holds.
//
// Pure: safe from any thread.

#ifndef AGENT_DECIDE_RESTART_POLICY_H_
#define AGENT_DECIDE_RESTART_POLICY_H_

#include "absl/time/time.h"

namespace rollout::agent {

// The wait before start number `failures` + 1; `failures` >= 1 counts those in
// a row. 0.1 s, then doubled up to 30 s: 0.1, 0.2, 0.4, ... 25.6, 30, 30.
absl::Duration RestartDelay(int failures);

// A generation that was ready for so long has ended the row of failures.
inline constexpr absl::Duration kSteadyAfter = absl::Seconds(60);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_RESTART_POLICY_H_
