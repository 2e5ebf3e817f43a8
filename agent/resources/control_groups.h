// SPDX-License-Identifier: Apache-2.0
//
// Where the control groups of this host's generations are made: in one group
// below the agent's own, which whoever starts the agent has left to it
// (systemd: Delegate=yes), or below one that its configuration names. See
// cgroups(7).

#ifndef AGENT_RESOURCES_CONTROL_GROUPS_H_
#define AGENT_RESOURCES_CONTROL_GROUPS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"

namespace rollout::agent {

// A process's groups, as proc(5) tells them: its /proc/PID/cgroup, and the
// /proc/PID/mountinfo of whoever reads.
struct Memberships {
  std::string groups;
  std::string mounts;
};

// Of this process, and of another one as this one sees it. Fails as reading
// does.
absl::StatusOr<Memberships> OwnMemberships(FileSystem& files);
absl::StatusOr<Memberships> MembershipsOf(FileSystem& files, int pid);

// The directory of the process's group in the hierarchy of version 1 that has
// `controller`; empty: in that of version 2. NotFound: no such hierarchy is
// mounted, or not the part the process is in.
absl::StatusOr<std::string> ControlGroupOf(const Memberships& process,
                                           absl::string_view controller = "");

// Makes the group `name` in the group `parent`, or finds it again, and removes
// the empty groups in there. Returns its path. Errors say what is missing.
absl::StatusOr<std::string> MakeHoldingGroup(FileSystem& files,
                                             absl::string_view parent,
                                             absl::string_view name);

// Removes the empty groups in the group `path`; one that is not there has none.
void RemoveEmptyGroups(FileSystem& files, const std::string& path);

// That of version 2 that holds those of the generations, below this process's
// own group, or below `parent` if that is not empty.
absl::StatusOr<std::string> PrepareControlGroups(FileSystem& files,
                                                 absl::string_view name,
                                                 absl::string_view parent = "");

}  // namespace rollout::agent

#endif  // AGENT_RESOURCES_CONTROL_GROUPS_H_
