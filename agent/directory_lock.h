// SPDX-License-Identifier: Apache-2.0
//
// One agent at a time on a directory.

#ifndef AGENT_DIRECTORY_LOCK_H_
#define AGENT_DIRECTORY_LOCK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace rollout {

// Held until the descriptor is closed, by whatever end of the process, see
// flock(2). FailedPrecondition: another agent holds it.
// `setting` is what gives an agent another directory.
absl::StatusOr<UniqueFd> LockDirectory(const std::string& directory,
                                       absl::string_view setting);

}  // namespace rollout

#endif  // AGENT_DIRECTORY_LOCK_H_
