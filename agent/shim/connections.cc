// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "agent/shim/socket_diag.h"
#include "agent/shim/unix_diag.h"
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

bool HasPaths(const std::vector<EndpointAddress>& endpoints) {
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [](const EndpointAddress& endpoint) {
                       return endpoint.transport() == Transport::kUnix;
                     });
}

// Accepted connections over Unix sockets. What the service called its path it
// may have written in another way than the plan: the file's name tells.
absl::StatusOr<uint32_t> CountOverPaths(
    const std::vector<EndpointAddress>& endpoints,
    const std::set<uint64_t>& held) {
  std::set<std::string> names;
  for (const EndpointAddress& endpoint : endpoints) {
    if (endpoint.transport() == Transport::kUnix) {
      names.insert(endpoint.file_name());
    }
  }
  ASSIGN_OR_RETURN(std::vector<UnixSocketEntry> sockets, ListUnixSockets());
  uint32_t count = 0;
  for (const UnixSocketEntry& socket : sockets) {
    const bool is_alive = socket.has_peer || socket.waiting > 0;
    count += !socket.listens && is_alive && held.count(socket.inode) > 0 &&
             names.count(socket.name.substr(socket.name.rfind('/') + 1)) > 0;
  }
  return count;
}

}  // namespace

bool IsBusy(const SocketEntry& connection) {
  constexpr uint32_t kSettledMs = 1000;
  const ConnectionFacts& facts = connection.connection;
  if (facts.unread > 0 || facts.unsent > 0) return true;
  if (facts.bytes_received == 0) return false;
  // "Last sent" begins with the connection: it says nothing yet.
  if (facts.bytes_sent == 0) return true;
  return facts.last_received_ms < facts.last_sent_ms ||
         facts.last_sent_ms < kSettledMs;
}

absl::StatusOr<Clients> CountClients(
    const std::vector<EndpointAddress>& endpoints,
    const std::set<uint64_t>& held) {
  // Counted by inode: one that parent and child both hold is one, and so is one
  // of two endpoints.
  std::set<uint64_t> connected, busy;
  for (const EndpointAddress& endpoint : endpoints) {
    if (!endpoint.ip().has_value()) continue;
    ASSIGN_OR_RETURN(std::vector<SocketEntry> entries,
                     ListSocketsOf(SocketKind::kConnection,
                                   endpoint.transport(), *endpoint.ip()));
    for (const SocketEntry& entry : entries) {
      if (held.count(entry.inode) == 0) continue;
      connected.insert(entry.inode);
      if (IsBusy(entry)) busy.insert(entry.inode);
    }
  }
  Clients clients;
  clients.connected = connected.size();
  clients.busy = busy.size();
  if (HasPaths(endpoints)) {
    ASSIGN_OR_RETURN(uint32_t over_paths, CountOverPaths(endpoints, held));
    clients.connected += over_paths;
    clients.busy += over_paths;
  }
  return clients;
}

absl::StatusOr<Clients> LookForClients(
    const std::vector<EndpointAddress>& endpoints,
    const std::function<std::vector<ProcessEntry>()>& list,
    const std::function<bool(uint64_t inode)>& is_listener) {
  const std::string last_pid = LastPid();
  const std::vector<ProcessEntry> processes = list();
  std::optional<std::set<uint64_t>> held = HeldSockets(processes);
  Clients clients;
  if (!held.has_value()) {
    clients.may_be_more = true;
    return clients;
  }
  for (auto inode = held->begin(); inode != held->end();) {
    inode = is_listener(*inode) ? held->erase(inode) : std::next(inode);
  }
  if (!held->empty() && !HasPaths(endpoints)) {
    for (uint64_t inode : UnixSocketInodes()) held->erase(inode);
  }
  if (!held->empty()) {
    ASSIGN_OR_RETURN(clients, CountClients(endpoints, *held));
  }
  clients.may_be_more = LastPid() != last_pid && !AreAllIn(list(), processes);
  return clients;
}

std::optional<std::set<uint64_t>> HeldSockets(
    const std::vector<ProcessEntry>& processes) {
  std::set<uint64_t> held;
  for (const ProcessEntry& process : processes) {
    std::optional<std::set<uint64_t>> inodes = SocketInodes(process.pid);
    if (!inodes.has_value()) return std::nullopt;
    held.merge(*inodes);
  }
  return held;
}

}  // namespace rollout::shim
