// SPDX-License-Identifier: Apache-2.0
//
// Unix sockets of this network namespace as the kernel lists them
// (sock_diag(7)).

#ifndef AGENT_SHIM_UNIX_DIAG_H_
#define AGENT_SHIM_UNIX_DIAG_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollout::shim {

struct UnixSocketEntry {
  // 0: of no descriptor, as while it waits to be accepted.
  uint64_t inode = 0;
  bool listens = false;
  // What it was bound as; an accepted one has its listener's. Abstract names
  // begin with a NUL.
  std::string name;
  // Whether there is another end.
  bool has_peer = false;
  // Of a listener: connections that wait to be accepted. Else bytes nobody has
  // read.
  uint32_t waiting = 0;
  // The file it is bound to; 0: none.
  uint32_t file_inode = 0;
};

// All of them. Unavailable: the kernel did not answer.
absl::StatusOr<std::vector<UnixSocketEntry>> ListUnixSockets();

// The one with that inode. NotFound; Unavailable.
absl::StatusOr<UnixSocketEntry> FindUnixSocket(uint64_t inode);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_UNIX_DIAG_H_
