// SPDX-License-Identifier: Apache-2.0

#include "agent/resources/controllers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/resources/control_groups.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::agent {
namespace {

bool HasWord(absl::string_view text, absl::string_view word) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n"));
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The groups in `group` have it.
bool IsEnabled(FileSystem& files, const std::string& group,
               absl::string_view controller) {
  return HasWord(files.Read(group + "/cgroup.subtree_control").value_or(""),
                 controller);
}

absl::Status Enable(FileSystem& files, const std::string& group,
                    absl::string_view controller) {
  if (IsEnabled(files, group, controller)) return absl::OkStatus();
  const std::string path = group + "/cgroup.subtree_control";
  const std::string text = absl::StrCat("+", controller);
  UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.valid() && write(file.get(), text.data(), text.size()) ==
                          static_cast<ssize_t>(text.size())) {
    return absl::OkStatus();
  }
  if (errno == EBUSY) {
    return absl::FailedPreconditionError(absl::StrCat(
        "there are processes in control group ", group,
        ", so the groups below it can't have controllers: set controlGroup in "
        "the agent's configuration to a delegated group without processes"));
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
}

ControllerPlace Find(FileSystem& files, const std::string& group,
                     absl::string_view name, absl::string_view controller) {
  ControllerPlace place;
  absl::Status unified = group.empty()
                             ? absl::NotFoundError(
                                   "there are no control groups of "
                                   "version 2 for the generations")
                             : EnableController(files, group, controller);
  if (unified.ok()) {
    place.unified = true;
    return place;
  }
  auto own = OwnMemberships(files);
  absl::StatusOr<std::string> parent =
      own.ok() ? ControlGroupOf(*own, controller) : own.status();
  absl::Status usable = parent.status();
  if (usable.ok() && access(parent->c_str(), W_OK) != 0) {
    usable = absl::ErrnoToStatus(
        errno, absl::StrCat("cannot make groups in ", *parent));
  }
  if (usable.ok()) {
    place.holder = absl::StrCat(*parent, "/", name);
    RemoveEmptyGroups(files, place.holder);
  } else {
    place.problem = absl::StrCat(unified.message(), "; ", usable.message());
  }
  return place;
}

}  // namespace

absl::Status EnableController(FileSystem& files, const std::string& group,
                              absl::string_view controller) {
  const std::string above = group.substr(0, group.rfind('/'));
  ASSIGN_OR_RETURN(std::string available,
                   files.Read(above + "/cgroup.controllers"));
  if (!HasWord(available, controller)) {
    return absl::FailedPreconditionError(
        absl::StrCat("control group ", above, " has no controller ", controller,
                     " (it has: ", absl::StripAsciiWhitespace(available), ")"));
  }
  RETURN_IF_ERROR(Enable(files, above, controller));
  return Enable(files, group, controller);
}

Controllers PrepareControllers(FileSystem& files, const std::string& group,
                               absl::string_view name) {
  Controllers controllers;
  controllers.memory = Find(files, group, name, "memory");
  controllers.cpu = Find(files, group, name, "cpu");
  controllers.pids = Find(files, group, name, "pids");
  return controllers;
}

}  // namespace rollout::agent
