// SPDX-License-Identifier: Apache-2.0
//
// A thread of the service that waits in an intercepted system call: what the
// shim reads of it to answer. It may be gone at any moment, and what was read
// is then another's: check SECCOMP_IOCTL_NOTIF_ID_VALID before acting on it.

#ifndef AGENT_SHIM_ASKER_H_
#define AGENT_SHIM_ASKER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// Whom the kernel takes it for where files are made and changed.
struct FileUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::set<gid_t> groups;
  mode_t umask = 022;
};

// A name in a directory.
struct FilePlace {
  // O_PATH.
  UniqueFd directory;
  std::string name;
};

class Asker {
 public:
  // A thread's number, as seccomp_notif has it.
  explicit Asker(pid_t thread) : thread_(thread) {}

  // A duplicate of its descriptor.
  absl::StatusOr<UniqueFd> Take(int fd) const;

  // `size` bytes of its memory.
  absl::Status Read(uint64_t address, void* to, size_t size) const;
  // A text that ends with a NUL there; "" for none.
  absl::StatusOr<std::string> ReadPath(uint64_t address) const;

  absl::StatusOr<FileUser> ReadUser() const;

  // Where `path` is to it, seen from `directory_fd` as openat(2) has it. The
  // name itself need not be there. InvalidArgument: the path has no name.
  absl::StatusOr<FilePlace> Find(int directory_fd,
                                 const std::string& path) const;

 private:
  const pid_t thread_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ASKER_H_
