// SPDX-License-Identifier: Apache-2.0
//
// A control group of one generation. Of version 2: the kernel's own list of
// which processes belong to it, whatever they do with parents, sessions and
// environment, and one write that ends them all. Of either version: what limits
// them, and what they have used, where the group has the controller for it. See
// cgroups(7) and Documentation/admin-guide/cgroup-v2.rst.

#ifndef AGENT_SHIM_CONTROL_GROUP_H_
#define AGENT_SHIM_CONTROL_GROUP_H_

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// Not thread-safe.
class ControlGroup {
 public:
  // Makes the directory `path`, anew if it is there and empty; the one above it
  // exists. As mkdir(2) fails, or rmdir(2): it is not empty.
  // FailedPrecondition: it is no control group.
  static absl::StatusOr<std::unique_ptr<ControlGroup>> Create(
      const std::string& path);
  // The one that is there. As open(2) fails.
  static absl::StatusOr<std::unique_ptr<ControlGroup>> Open(
      const std::string& path);
  // Removes it, see Remove(); what is left stays.
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  const std::string& path() const { return path_; }
  // For clone3(2), CLONE_INTO_CGROUP.
  int descriptor() const { return directory_.get(); }

  // Its processes and those of the groups that the service has made below.
  // Zombies are not among them. Fails where groups go while they are listed.
  absl::StatusOr<std::vector<pid_t>> Processes() const;

  // Writes `value` to `file` of the group: a limit. Errors name both.
  absl::Status Set(const std::string& file, const std::string& value) const;

  // The first KiB of `file` of the group; none: there is no such file.
  std::optional<std::string> Read(const std::string& file) const;

  // For a process that writes "0" to it, to enter a group of version 1.
  absl::StatusOr<UniqueFd> OpenEntrance() const;

  // Moves a process here from the group it is in; its children stay where they
  // are. As write(2) to cgroup.procs fails.
  absl::Status Take(pid_t process) const;

  // SIGKILL to all of them at one go, so that none can fork itself out of it.
  // Does nothing in version 1, and before Linux 5.14: kill one by one what is
  // still there.
  void Kill() const;

  // Removes it with all groups below. As rmdir(2) fails: not all are empty.
  absl::Status Remove();

 private:
  ControlGroup(std::string path, UniqueFd directory);

  const std::string path_;
  const UniqueFd directory_;
  bool removed_ = false;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CONTROL_GROUP_H_
