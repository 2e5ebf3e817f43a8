// SPDX-License-Identifier: Apache-2.0
//
// How many clients are connected to a generation. Old and new share address and
// port, so the connections are told apart by who holds their descriptors.

#ifndef AGENT_SHIM_CONNECTIONS_H_
#define AGENT_SHIM_CONNECTIONS_H_

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/shim/proc_fs.h"
#include "base/net_address.h"

namespace rollout::shim {

// Inodes of the sockets that `processes` hold. What is being accepted at this
// instant, or handed to a process forked since the list was made, is missed.
std::set<uint64_t> HeldSockets(const std::vector<ProcessEntry>& processes);

// How many of `held` are accepted connections of the endpoints, from the
// kernel's list of all sockets: 0.1 s and more on a host with many of them in
// TIME_WAIT. Unavailable: there is no list.
absl::StatusOr<uint32_t> CountConnections(
    const std::vector<NetAddress>& endpoints, const std::set<uint64_t>& held);

// Whether that count is above zero for the processes that `list` names; it is
// asked again when somebody has forked meanwhile, for a newcomer may have taken
// a connection over: then, too, the answer is yes. Without the kernel's list
// where nothing but Unix sockets and what `is_listener` knows is held.
//
// The sockets themselves are not touched: a duplicate of a program's
// connection, if only to ask it, would keep it in the program's epoll set when
// the program closes it.
absl::StatusOr<bool> HasConnections(
    const std::vector<NetAddress>& endpoints,
    const std::function<std::vector<ProcessEntry>()>& list,
    const std::function<bool(uint64_t inode)>& is_listener);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CONNECTIONS_H_
