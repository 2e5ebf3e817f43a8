// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include "agent/shim/socket_diag.h"
#include "base/status_macros.h"

namespace rollout::shim {

absl::StatusOr<uint32_t> CountConnections(
    const std::vector<NetAddress>& endpoints, const std::set<uint64_t>& held) {
  // Counted by inode: one that parent and child both hold is one, and so is one
  // of two endpoints.
  std::set<uint64_t> connected;
  for (const NetAddress& endpoint : endpoints) {
    ASSIGN_OR_RETURN(std::vector<SocketEntry> entries,
                     ListSocketsOf(SocketKind::kConnection, endpoint));
    for (const SocketEntry& entry : entries) {
      if (held.count(entry.inode) > 0) connected.insert(entry.inode);
    }
  }
  return connected.size();
}

absl::StatusOr<bool> HasConnections(const std::vector<NetAddress>& endpoints,
                                    std::set<uint64_t> held) {
  if (!held.empty()) {
    for (uint64_t inode : UnixSocketInodes()) held.erase(inode);
  }
  if (held.empty()) return false;
  ASSIGN_OR_RETURN(uint32_t count, CountConnections(endpoints, held));
  return count > 0;
}

std::set<uint64_t> HeldSockets(const std::vector<ProcessEntry>& processes) {
  std::set<uint64_t> held;
  for (const ProcessEntry& process : processes) {
    held.merge(SocketInodes(process.pid));
  }
  return held;
}

}  // namespace rollout::shim
