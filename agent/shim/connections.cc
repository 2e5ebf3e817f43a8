// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>

#include "agent/shim/descriptor_passing.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

bool IsConnectionOfAny(const std::vector<NetAddress>& endpoints, int socket) {
  if (!IsConnected(socket)) return false;
  std::optional<NetAddress> local = BoundAddress(socket);
  return local.has_value() &&
         std::any_of(endpoints.begin(), endpoints.end(),
                     [&local](const NetAddress& endpoint) {
                       return IsConnectionOf(endpoint, *local);
                     });
}

}  // namespace

absl::StatusOr<uint32_t> CountConnections(
    const std::vector<NetAddress>& endpoints,
    const std::vector<ProcessEntry>& processes) {
  std::set<uint64_t> connected;
  for (const NetAddress& endpoint : endpoints) {
    ASSIGN_OR_RETURN(std::vector<SocketEntry> entries,
                     ListSocketsOf(SocketKind::kConnection, endpoint));
    for (const SocketEntry& entry : entries) {
      if (entry.inode != 0) connected.insert(entry.inode);
    }
  }
  uint32_t count = 0;
  for (const ProcessEntry& process : processes) {
    if (connected.empty()) break;
    // A connection that parent and child both hold counts once.
    for (uint64_t inode : SocketInodes(process.pid)) {
      count += connected.erase(inode);
    }
  }
  return count;
}

absl::StatusOr<bool> HoldConnections(
    const std::vector<NetAddress>& endpoints,
    const std::vector<ProcessEntry>& processes) {
  std::set<uint64_t> asked;
  for (const ProcessEntry& process : processes) {
    for (const HeldSocket& held : HeldSockets(process.pid)) {
      // Parent and child hold much in common.
      if (asked.count(held.inode) > 0) continue;
      UniqueFd socket = CopyDescriptor(process.pid, held.fd);
      if (socket.valid()) {
        asked.insert(held.inode);
        if (IsConnectionOfAny(endpoints, socket.get())) return true;
      } else if (errno != ESRCH && errno != EBADF) {
        ASSIGN_OR_RETURN(uint32_t count,
                         CountConnections(endpoints, processes));
        return count > 0;
      }
    }
  }
  return false;
}

}  // namespace rollout::shim
