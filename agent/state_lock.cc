// SPDX-License-Identifier: Apache-2.0

#include "agent/state_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollout {

absl::StatusOr<UniqueFd> LockStateDirectory(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/lock");
  UniqueFd lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) {
    return absl::FailedPreconditionError(
        absl::StrCat("another agent uses ", directory,
                     ": stop it first, or give this one its own stateDir"));
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path));
}

}  // namespace rollout
