// SPDX-License-Identifier: Apache-2.0
//
// Processes of a host, looked into from outside.

#ifndef TESTS_E2E_SERVICE_PROCESS_H_
#define TESTS_E2E_SERVICE_PROCESS_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/unique_fd.h"

namespace rollout::e2e {

// The one process whose program's file has this name. NotFound.
absl::StatusOr<pid_t> FindProcess(absl::string_view program);

// The process's parent; 0: it is gone.
pid_t ParentOf(pid_t pid);

// A duplicate of the process's listener; none: it has no listener.
UniqueFd TakeListener(pid_t pid);

// Connections that wait to be accepted.
int Queued(int listener);

// Clients' connections that the process has accepted and not closed.
int CountAccepted(pid_t pid);

// Stops the process and returns when it stands still: signal 19.
void Freeze(pid_t pid);

}  // namespace rollout::e2e

#endif  // TESTS_E2E_SERVICE_PROCESS_H_
