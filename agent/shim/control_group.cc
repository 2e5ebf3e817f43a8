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
absl::StatusOr<std::vector<std::string>> WithGroupsBelow(
    const std::string& path) {
  std::vector<std::string> groups = {path};
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(path, error), end;
  while (!error && entry != end) {
    if (entry->is_directory(error)) groups.push_back(entry->path());
    if (!error) entry.increment(error);
  }
  if (error) return absl::ErrnoToStatus(error.value(), path);
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
  if (mkdir(path.c_str(), 0755) != 0) {
    // One left from before, or of somebody else: he who holds it still sees
    // that it is gone.
    if (errno != EEXIST || rmdir(path.c_str()) != 0 ||
        mkdir(path.c_str(), 0755) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot make ", path));
    }
  }
  return Open(path);
}

absl::StatusOr<std::unique_ptr<ControlGroup>> ControlGroup::Open(
    const std::string& path) {
  UniqueFd directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  }
  if (faccessat(directory.get(), "cgroup.procs", W_OK, 0) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is no control group"));
  }
  return absl::WrapUnique(new ControlGroup(path, std::move(directory)));
}

ControlGroup::ControlGroup(std::string path, UniqueFd directory)
    : path_(std::move(path)), directory_(std::move(directory)) {}

ControlGroup::~ControlGroup() {
  absl::Status removed = Remove();
  if (!removed.ok()) LogWarning(removed.message());
}

absl::StatusOr<std::vector<pid_t>> ControlGroup::Processes() const {
  std::vector<pid_t> processes;
  RETURN_IF_ERROR(ListProcesses(directory_.get(), &processes));
  struct stat facts;
  // Two links and one for each group below.
  if (fstat(directory_.get(), &facts) == 0 && facts.st_nlink <= 2) {
    return processes;
  }
  ASSIGN_OR_RETURN(std::vector<std::string> groups, WithGroupsBelow(path_));
  for (const std::string& group : groups) {
    if (group == path_) continue;
    UniqueFd below(open(group.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!below.valid()) return absl::ErrnoToStatus(errno, group);
    RETURN_IF_ERROR(ListProcesses(below.get(), &processes));
  }
  return processes;
}

absl::Status ControlGroup::Set(const std::string& file,
                               const std::string& value) const {
  UniqueFd setting(
      openat(directory_.get(), file.c_str(), O_WRONLY | O_CLOEXEC));
  const auto size = static_cast<ssize_t>(value.size());
  if (setting.valid() && write(setting.get(), value.data(), size) == size) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(
      errno, absl::StrCat("cannot write ", value, " to ", path_, "/", file));
}

std::optional<std::string> ControlGroup::Read(const std::string& file) const {
  UniqueFd figure(openat(directory_.get(), file.c_str(), O_RDONLY | O_CLOEXEC));
  char content[1024];
  const ssize_t size =
      figure.valid() ? read(figure.get(), content, sizeof content) : -1;
  if (size < 0) return std::nullopt;
  return std::string(content, size);
}

absl::StatusOr<UniqueFd> ControlGroup::OpenEntrance() const {
  UniqueFd entrance(
      openat(directory_.get(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
  if (entrance.valid()) return entrance;
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot enter ", path_));
}

absl::Status ControlGroup::Take(pid_t process) const {
  return Set("cgroup.procs", absl::StrCat(process));
}

void ControlGroup::Kill() const {
  UniqueFd file(openat(directory_.get(), "cgroup.kill", O_WRONLY | O_CLOEXEC));
  if (file.valid() && write(file.get(), "1", 1) != 1) {
    LogWarning("control group ", path_, ": kill: ", std::strerror(errno));
  }
}

absl::Status ControlGroup::Remove() {
  if (removed_) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<std::string> groups, WithGroupsBelow(path_));
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    if (rmdir(group->c_str()) != 0) {
      return absl::ErrnoToStatus(
          errno, absl::StrCat("cannot remove control group ", *group));
    }
  }
  removed_ = true;
  return absl::OkStatus();
}

}  // namespace rollout::shim
