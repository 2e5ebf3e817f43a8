// SPDX-License-Identifier: Apache-2.0
//
// TCP and UDP sockets of this network namespace as the kernel lists them
// (sock_diag(7)): listeners on a port, handshakes under way, connections.

#ifndef AGENT_SHIM_SOCKET_DIAG_H_
#define AGENT_SHIM_SOCKET_DIAG_H_

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "base/endpoint_address.h"
#include "base/net_address.h"

namespace rollout::shim {

// What has gone over a connection, as tcp_info of tcp(7) has it. Times from now
// back, in milliseconds.
struct ConnectionFacts {
  // Bytes that nobody has read, or that the peer has not acknowledged.
  uint32_t unread = 0;
  uint32_t unsent = 0;
  uint64_t bytes_received = 0;
  uint64_t bytes_sent = 0;
  uint32_t last_received_ms = 0;
  uint32_t last_sent_ms = 0;
};

struct SocketEntry {
  NetAddress local;
  NetAddress remote;
  // 0: of no descriptor, as in a handshake or when its process has closed it.
  uint64_t inode;
  // Index of the device it is bound to; 0: none.
  uint32_t device;
  // Listeners on an IPv6 address: takes no IPv4 connections.
  bool v6_only;
  // TCP connections only.
  ConnectionFacts connection;
};

enum class SocketKind {
  // Of UDP: bound, and of no single peer.
  kListener,
  // SYN_RECV: begun by a client, not yet in an accept queue. TCP only.
  kHandshake,
  // Established or half closed, while data may still be sent. Of UDP: with a
  // peer, by connect(2).
  kConnection,
};

struct SocketQuestion {
  SocketKind kind;
  // TCP or UDP.
  Transport transport;
  uint16_t local_port;
};

// All such sockets, of both families. Unavailable: the kernel did not answer.
absl::StatusOr<std::vector<SocketEntry>> ListSockets(
    const SocketQuestion& question);

// Those of them that a listener on `endpoint` has made. An IPv4
// listener makes no IPv6 sockets: half of the kernel's walk is spared.
absl::StatusOr<std::vector<SocketEntry>> ListSocketsOf(
    SocketKind kind, Transport transport, const NetAddress& endpoint);

// The TCP connection between the two, as the side of `local` has it; a look-up,
// however many there are. NotFound: there is none, or its handshake is under
// way. Unavailable: the kernel did not answer.
absl::StatusOr<SocketEntry> FindConnection(const NetAddress& local,
                                           const NetAddress& remote);

// Whether a connection to `local` may come from a listener on `endpoint`: the
// same address, or the endpoint is a wildcard. IPv4 in IPv6 counts as IPv4.
bool IsConnectionOf(const NetAddress& endpoint, const NetAddress& local);

// Whether some connection could be meant for either of two listeners: same port
// and same address, or one is a wildcard that covers the other. `*_v6_only`
// matters for IPv6.
bool ListenersOverlap(const NetAddress& a, bool a_v6_only, const NetAddress& b,
                      bool b_v6_only);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SOCKET_DIAG_H_
