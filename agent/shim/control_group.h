// SPDX-License-Identifier: Apache-2.0
//
// A control group (v2) for one generation: the kernel's own list of which
// processes belong to it, whatever they do with parents, sessions and
// environment, and one write that ends them all. No controller is used: it
// limits nothing. See cgroups(7) and Documentation/admin-guide/cgroup-v2.rst.

#ifndef AGENT_SHIM_CONTROL_GROUP_H_
#define AGENT_SHIM_CONTROL_GROUP_H_

#include <sys/types.h>

#include <memory>
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
  // FailedPrecondition: it is no control group of version 2.
  static absl::StatusOr<std::unique_ptr<ControlGroup>> Create(
      const std::string& path);
  // Removes it, see Remove(); what is left stays.
  ~ControlGroup();
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;

  // For clone3(2), CLONE_INTO_CGROUP.
  int descriptor() const { return directory_.get(); }

  // Its processes and those of the groups that the service has made below.
  // Zombies are not among them. Fails where groups go while they are listed.
  absl::StatusOr<std::vector<pid_t>> Processes() const;

  // SIGKILL to all of them at one go, so that none can fork itself out of it.
  // Does nothing before Linux 5.14: kill one by one what is still there.
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
