// SPDX-License-Identifier: Apache-2.0
//
// Where the control groups (v2) of this host's generations are made: in one
// group below the agent's own, which whoever starts the agent has left to it
// (systemd: Delegate=yes). See cgroups(7).

#ifndef AGENT_RECONCILE_CONTROL_GROUPS_H_
#define AGENT_RECONCILE_CONTROL_GROUPS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"

namespace rollout::agent {

// The directory of a process's own group, from its /proc/PID/mountinfo and
// /proc/PID/cgroup, see proc(5). NotFound: no hierarchy of version 2 is
// mounted, or not the part the process is in.
absl::StatusOr<std::string> OwnControlGroup(absl::string_view mounts,
                                            absl::string_view memberships);

// Makes the group `name` below this process's own, or finds it again, and
// removes the empty groups in there. Returns its path. Errors say what is
// missing.
absl::StatusOr<std::string> PrepareControlGroups(FileSystem& files,
                                                 absl::string_view name);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_CONTROL_GROUPS_H_
