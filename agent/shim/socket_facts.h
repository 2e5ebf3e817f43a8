// SPDX-License-Identifier: Apache-2.0
//
// Small questions about one socket, and about what this kernel does with
// listeners.

#ifndef AGENT_SHIM_SOCKET_FACTS_H_
#define AGENT_SHIM_SOCKET_FACTS_H_

#include <cstdint>
#include <optional>

#include "base/net_address.h"

namespace rollout::shim {

// 0: not a socket that can be asked.
uint64_t SocketInode(int socket);

// Connections that wait for accept(2); 0 when it does not listen.
uint32_t AcceptQueueLength(int socket);

// Whether it is a listener now.
bool IsListening(int socket);

// Has SO_REUSEADDR, which the connections it accepts inherit.
bool IsAddressShared(int socket);

// A TCP socket over IPv4 or IPv6, Multipath TCP excluded.
bool IsTcp(int socket);

// Where it is bound; none: nowhere, or not on IP.
std::optional<NetAddress> BoundAddress(int socket);

// Whether a closed listener's queue moves to another one of its group:
// net.ipv4.tcp_migrate_req of this network namespace.
bool QueuesMove();

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SOCKET_FACTS_H_
