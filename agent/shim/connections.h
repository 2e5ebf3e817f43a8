// SPDX-License-Identifier: Apache-2.0
//
// The clients that are connected to a generation. Old and new share address and
// port, so the connections are told apart by who holds their descriptors.

#ifndef AGENT_SHIM_CONNECTIONS_H_
#define AGENT_SHIM_CONNECTIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/socket_diag.h"
#include "base/endpoint_address.h"

namespace rollout::shim {

struct Clients {
  // Accepted connections.
  uint32_t connected = 0;
  // Those of them on which a request is under way, see IsBusy.
  uint32_t busy = 0;
  // Somebody forked while they were counted, and may hold more; or a process
  // could not be looked at.
  bool may_be_more = false;
};

// Inodes of the sockets that `processes` hold. What is being accepted at this
// instant, or handed to a process forked since the list was made, is missed.
// None: a process that lives does not let itself be looked at.
std::optional<std::set<uint64_t>> HeldSockets(
    const std::vector<ProcessEntry>& processes);

// Whether a request is under way on a connection, as far as the kernel can tell
// of protocols that ask and answer in turn: data waits to be read or to arrive
// at the client, what came last came from the client, or something was sent in
// the last second. A client that has sent nothing yet has asked nothing. Missed
// is a request under way for more than a second where the server has sent
// since: HTTP/2, TLS 1.3's tickets, answers that pause.
bool IsBusy(const SocketEntry& connection);

// Which of `held` are accepted connections of the endpoints, from the kernel's
// list of all sockets: 0.1 s and more on a host with many of them in TIME_WAIT.
// A UDP socket that has its endpoint's address and a peer is one, too. One over
// a Unix socket is taken to carry a request: the kernel does not tell of it.
// Unavailable: there is no list.
absl::StatusOr<Clients> CountClients(
    const std::vector<EndpointAddress>& endpoints,
    const std::set<uint64_t>& held);

// The same for the processes that `list` names; it is asked again when somebody
// has forked meanwhile, for a newcomer may have taken a connection over.
// Without the kernel's list where nothing is held but what `is_listener` knows
// and Unix sockets that belong to no endpoint.
//
// The sockets themselves are not touched: a duplicate of a program's
// connection, if only to ask it, would keep it in the program's epoll set when
// the program closes it.
absl::StatusOr<Clients> LookForClients(
    const std::vector<EndpointAddress>& endpoints,
    const std::function<std::vector<ProcessEntry>()>& list,
    const std::function<bool(uint64_t inode)>& is_listener);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CONNECTIONS_H_
