// SPDX-License-Identifier: Apache-2.0
//
// Small questions about one socket, and about what this kernel does with
// listeners.

#ifndef AGENT_SHIM_SOCKET_FACTS_H_
#define AGENT_SHIM_SOCKET_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/endpoint_address.h"
#include "base/net_address.h"

namespace rollout::shim {

// 0: not a socket that can be asked.
uint64_t SocketInode(int socket);

// Clients that wait to be taken: connections for accept(2); of UDP 1 when there
// are datagrams to read, for they can't be counted. 0 when it takes none.
uint32_t WaitingClients(int socket);

// Drops them; returns how many connections or datagrams there were. The socket
// does not block from then on.
uint32_t CutClients(int socket);

// Whether it is a listener now.
bool IsListening(int socket);

// Whether it is connected.
bool HasPeer(int socket);

// What kind of endpoint it can be a socket of: TCP and UDP over IPv4 or IPv6, a
// Unix stream socket. None: of no kind, like Multipath TCP.
std::optional<Transport> TransportOf(int socket);

// What else may be behind the errno of a bind(2) to an address on which there
// is no stranger; for the end of a message, may be empty.
std::string BindHint(int error);

// Where it is bound; none: nowhere, or not on IP.
std::optional<NetAddress> BoundAddress(int socket);

// Whether a closed listener's queue moves to another one of its group:
// net.ipv4.tcp_migrate_req of this network namespace.
bool QueuesMove();

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SOCKET_FACTS_H_
