// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "agent/shim/socket_diag.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

bool AreAllIn(const std::vector<ProcessEntry>& some,
              const std::vector<ProcessEntry>& others) {
  std::set<std::pair<pid_t, uint64_t>> known;
  for (const ProcessEntry& process : others) {
    known.emplace(process.pid, process.start_ticks);
  }
  return std::all_of(
      some.begin(), some.end(), [&known](const ProcessEntry& process) {
        return known.count({process.pid, process.start_ticks}) > 0;
      });
}

}  // namespace

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

absl::StatusOr<bool> HasConnections(
    const std::vector<NetAddress>& endpoints,
    const std::function<std::vector<ProcessEntry>()>& list,
    const std::function<bool(uint64_t inode)>& is_listener) {
  const std::string last_pid = LastPid();
  const std::vector<ProcessEntry> processes = list();
  std::set<uint64_t> held = HeldSockets(processes);
  for (auto inode = held.begin(); inode != held.end();) {
    inode = is_listener(*inode) ? held.erase(inode) : std::next(inode);
  }
  if (!held.empty()) {
    for (uint64_t inode : UnixSocketInodes()) held.erase(inode);
  }
  if (!held.empty()) {
    ASSIGN_OR_RETURN(uint32_t count, CountConnections(endpoints, held));
    if (count > 0) return true;
  }
  return LastPid() != last_pid && !AreAllIn(list(), processes);
}

std::set<uint64_t> HeldSockets(const std::vector<ProcessEntry>& processes) {
  std::set<uint64_t> held;
  for (const ProcessEntry& process : processes) {
    held.merge(SocketInodes(process.pid));
  }
  return held;
}

}  // namespace rollout::shim
