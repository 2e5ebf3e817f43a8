// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/control_group.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/shim/proc_fs.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

// The group first, then those below it, each after the one that holds it.
std::vector<std::string> WithGroupsBelow(const std::string& path) {
  std::vector<std::string> groups = {path};
  std::error_code ignored;
  std::filesystem::recursive_directory_iterator entry(path, ignored), end;
  while (!ignored && entry != end) {
    if (entry->is_directory(ignored)) groups.push_back(entry->path());
    entry.increment(ignored);
  }
  return groups;
}

absl::Status ListProcesses(int directory, std::vector<pid_t>* processes) {
  UniqueFd file(openat(directory, "cgroup.procs", O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    return absl::ErrnoToStatus(errno, "cannot read cgroup.procs");
  }
  const std::string text = ReadAll(file.get());
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    pid_t pid;
    // 0: not of our process namespace.
    if (absl::SimpleAtoi(line, &pid) && pid > 0) processes->push_back(pid);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ControlGroup>> ControlGroup::Create(
    const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
  }
  UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  if (faccessat(directory.get(), "cgroup.procs", W_OK, 0) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is no control group of version 2"));
  }
  auto group = absl::WrapUnique(new ControlGroup(path, std::move(directory)));
  ASSIGN_OR_RETURN(std::vector<pid_t> processes, group->Processes());
  if (processes.empty()) return group;
  return absl::FailedPreconditionError(absl::StrCat(
      path, " is not empty: process ", processes[0], " is in there"));
}

ControlGroup::ControlGroup(std::string path, UniqueFd directory)
    : path_(std::move(path)), directory_(std::move(directory)) {}

ControlGroup::~ControlGroup() {
  std::vector<std::string> groups = WithGroupsBelow(path_);
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    if (rmdir(group->c_str()) != 0) {
      LogWarning("control group ", *group, " stays: ", std::strerror(errno));
      return;
    }
  }
}

absl::StatusOr<std::vector<pid_t>> ControlGroup::Processes() const {
  std::vector<pid_t> processes;
  RETURN_IF_ERROR(ListProcesses(directory_.get(), &processes));
  struct stat facts;
  // Two links and one for each group below.
  if (fstat(directory_.get(), &facts) == 0 && facts.st_nlink <= 2) {
    return processes;
  }
  for (const std::string& group : WithGroupsBelow(path_)) {
    if (group == path_) continue;
    UniqueFd below(open(group.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // One that has just been removed has no processes.
    if (below.valid()) ListProcesses(below.get(), &processes).IgnoreError();
  }
  return processes;
}

void ControlGroup::Kill() const {
  UniqueFd file(openat(directory_.get(), "cgroup.kill", O_WRONLY | O_CLOEXEC));
  if (file.valid() && write(file.get(), "1", 1) != 1) {
    LogWarning("control group ", path_, ": kill: ", std::strerror(errno));
  }
}

}  // namespace rollout::shim
