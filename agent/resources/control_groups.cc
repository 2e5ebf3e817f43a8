// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/control_groups.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

bool IsListed(absl::string_view list, absl::string_view name) {
  const std::vector<absl::string_view> names = absl::StrSplit(list, ',');
  return std::find(names.begin(), names.end(), name) != names.end();
}

// "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS";
// the last options name the controllers.
std::vector<Mount> FindMounts(absl::string_view mounts,
                              absl::string_view controller) {
  constexpr size_t kRoot = 3, kPoint = 4;
  std::vector<Mount> found;
  for (absl::string_view line : absl::StrSplit(mounts, '\n')) {
    const bool is_it =
        controller.empty()
            ? absl::StrContains(line, " - cgroup2 ")
            : absl::StrContains(line, " - cgroup ") &&
                  IsListed(line.substr(line.rfind(' ') + 1), controller);
    if (!is_it) continue;
    std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
    if (fields.size() > kPoint) {
      found.push_back({fields[kRoot], fields[kPoint]});
    }
  }
  return found;
}

// "NUMBER:CONTROLLERS:PATH"; the hierarchy of version 2 has number 0 and no
// controllers' names.
bool ConsumeHierarchy(absl::string_view controller, absl::string_view* line) {
  if (controller.empty()) return absl::ConsumePrefix(line, "0::");
  const std::vector<absl::string_view> fields =
      absl::StrSplit(*line, absl::MaxSplits(':', 2));
  if (fields.size() < 3 || !IsListed(fields[1], controller)) return false;
  *line = fields[2];
  return true;
}

}  // namespace

absl::StatusOr<Memberships> OwnMemberships(FileSystem& files) {
  Memberships own;
  ASSIGN_OR_RETURN(own.groups, files.Read("/proc/self/cgroup"));
  ASSIGN_OR_RETURN(own.mounts, files.Read("/proc/self/mountinfo"));
  return own;
}

absl::StatusOr<Memberships> MembershipsOf(FileSystem& files, int pid) {
  Memberships process;
  ASSIGN_OR_RETURN(process.groups,
                   files.Read(absl::StrCat("/proc/", pid, "/cgroup")));
  ASSIGN_OR_RETURN(process.mounts, files.Read("/proc/self/mountinfo"));
  return process;
}

absl::StatusOr<std::string> ControlGroupOf(const Memberships& process,
                                           absl::string_view controller) {
  for (absl::string_view line : absl::StrSplit(process.groups, '\n')) {
    if (!ConsumeHierarchy(controller, &line)) continue;
    for (const Mount& mount : FindMounts(process.mounts, controller)) {
      absl::string_view below = line;
      if (!absl::ConsumePrefix(&below, absl::StripSuffix(mount.root, "/")) ||
          (!below.empty() && !absl::StartsWith(below, "/"))) {
        continue;
      }
      return absl::StrCat(mount.point, absl::StripSuffix(below, "/"));
    }
  }
  return absl::NotFoundError(
      controller.empty()
          ? "the control groups of version 2 are not mounted"
          : absl::StrCat("the control groups of version 1 with the controller ",
                         controller, " are not mounted"));
}

absl::StatusOr<std::string> MakeHoldingGroup(FileSystem& files,
                                             absl::string_view parent,
                                             absl::string_view name) {
  const std::string path = absl::StrCat(parent, "/", name);
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  }
  const std::string list = path + "/cgroup.procs";
  if (access(list.c_str(), W_OK) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot use ", list));
  }
  RemoveEmptyGroups(files, path);
  return path;
}

void RemoveEmptyGroups(FileSystem& files, const std::string& path) {
  for (const std::string& entry :
       files.List(path).value_or(std::vector<std::string>())) {
    // Fails for the files in there, and for a group that has processes.
    rmdir(absl::StrCat(path, "/", entry).c_str());
  }
}

absl::StatusOr<std::string> PrepareControlGroups(FileSystem& files,
                                                 absl::string_view name,
                                                 absl::string_view parent) {
  if (!parent.empty()) return MakeHoldingGroup(files, parent, name);
  ASSIGN_OR_RETURN(Memberships own, OwnMemberships(files));
  ASSIGN_OR_RETURN(std::string group, ControlGroupOf(own));
  return MakeHoldingGroup(files, group, name);
}

}  // namespace rollout::agent
