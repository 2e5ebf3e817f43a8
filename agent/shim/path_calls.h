// SPDX-License-Identifier: Apache-2.0
//
// The system calls by which a program prepares the path of its Unix socket, and
// clears it away: unlink before bind and at its end, chmod and chown after it.
// They are meant for the program's own socket, but at the path they would find
// that of the generation that serves.

#ifndef AGENT_SHIM_PATH_CALLS_H_
#define AGENT_SHIM_PATH_CALLS_H_

#include <linux/seccomp.h>

#include <vector>

#include "absl/status/statusor.h"
#include "agent/shim/intercept_owner.h"

namespace rollout::shim {

// Their numbers on this architecture.
std::vector<int> PathCalls();

// What `call`, one of them, does to which files, of those that `owner` may have
// an interest in. NotFound: it has none.
absl::StatusOr<PathChange> ReadPathCall(const seccomp_notif& call,
                                        const InterceptOwner& owner);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_PATH_CALLS_H_
