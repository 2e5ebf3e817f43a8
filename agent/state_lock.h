// SPDX-License-Identifier: Apache-2.0
//
// One agent at a time on a state directory.

#ifndef AGENT_STATE_LOCK_H_
#define AGENT_STATE_LOCK_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace rollout {

// Held until the descriptor is closed, by whatever end of the process, see
// flock(2). FailedPrecondition: another agent holds it.
absl::StatusOr<UniqueFd> LockStateDirectory(const std::string& directory);

}  // namespace rollout

#endif  // AGENT_STATE_LOCK_H_
