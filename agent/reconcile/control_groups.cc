// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/control_groups.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace rollout::agent {
namespace {

struct Mount {
  // The group that is seen at the mount point.
  absl::string_view root;
  absl::string_view point;
};

// "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS"
std::vector<Mount> FindMounts(absl::string_view mounts) {
  constexpr size_t kRoot = 3, kPoint = 4;
  std::vector<Mount> found;
  for (absl::string_view line : absl::StrSplit(mounts, '\n')) {
    if (!absl::StrContains(line, " - cgroup2 ")) continue;
    std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
    if (fields.size() > kPoint) {
      found.push_back({fields[kRoot], fields[kPoint]});
    }
  }
  return found;
}

}  // namespace

absl::StatusOr<std::string> OwnControlGroup(absl::string_view mounts,
                                            absl::string_view memberships) {
  for (absl::string_view line : absl::StrSplit(memberships, '\n')) {
    // The hierarchy of version 2 has number 0 and no controllers' names.
    if (!absl::ConsumePrefix(&line, "0::")) continue;
    for (const Mount& mount : FindMounts(mounts)) {
      absl::string_view below = line;
      if (!absl::ConsumePrefix(&below, absl::StripSuffix(mount.root, "/")) ||
          !absl::StartsWith(below, "/")) {
        continue;
      }
      return absl::StrCat(mount.point, absl::StripSuffix(below, "/"));
    }
  }
  return absl::NotFoundError(
      "this process's control group of version 2 is not mounted");
}

absl::StatusOr<std::string> PrepareControlGroups(FileSystem& files,
                                                 absl::string_view name) {
  ASSIGN_OR_RETURN(std::string mounts, files.Read("/proc/self/mountinfo"));
  ASSIGN_OR_RETURN(std::string memberships, files.Read("/proc/self/cgroup"));
  ASSIGN_OR_RETURN(std::string own, OwnControlGroup(mounts, memberships));
  const std::string path = absl::StrCat(own, "/", name);
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  }
  const std::string list = path + "/cgroup.procs";
  if (access(list.c_str(), W_OK) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot use ", list));
  }
  ASSIGN_OR_RETURN(std::vector<std::string> entries, files.List(path));
  for (const std::string& entry : entries) {
    // Fails for the files in there, and for a group that has processes.
    rmdir(absl::StrCat(path, "/", entry).c_str());
  }
  return path;
}

}  // namespace rollout::agent
