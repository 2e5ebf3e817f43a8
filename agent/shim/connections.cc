// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include <set>

#include "agent/shim/socket_diag.h"
#include "base/status_macros.h"

namespace rollout::shim {

absl::StatusOr<uint32_t> CountConnections(
    const std::vector<NetAddress>& endpoints,
    const std::vector<ProcessEntry>& processes) {
  std::set<uint64_t> connected;
  for (const NetAddress& endpoint : endpoints) {
    ASSIGN_OR_RETURN(std::vector<SocketEntry> entries,
                     ListSockets(SocketKind::kConnection, endpoint.port()));
    for (const SocketEntry& entry : entries) {
      if (entry.inode != 0 && IsConnectionOf(endpoint, entry.local)) {
        connected.insert(entry.inode);
      }
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

}  // namespace rollout::shim
