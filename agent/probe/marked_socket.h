// SPDX-License-Identifier: Apache-2.0
//
// Connections that carry a mark, by which the steering program knows which
// generation they are for.

#ifndef AGENT_PROBE_MARKED_SOCKET_H_
#define AGENT_PROBE_MARKED_SOCKET_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::probe {

// Gives the socket its mark; before it connects. 0: none. PermissionDenied:
// without CAP_NET_ADMIN.
absl::Status SetMark(int fd, uint32_t mark);

// Where to connect to reach a listener on `address`: the same, or loopback for
// a wildcard.
EndpointAddress ReachableAddress(const EndpointAddress& address);

// Begins to connect a non-blocking socket; it is writable when that has ended,
// see ConnectResult. A Unix socket is connected at once or not at all, and has
// no use for a mark. InvalidArgument: UDP has no connections.
absl::StatusOr<UniqueFd> StartConnect(const EndpointAddress& address,
                                      uint32_t mark);

// How the connecting ended: OK, or the socket's error.
absl::Status ConnectResult(int fd);

// Connects, and waits for it until `timeout` has passed or `cancel_fd`,
// borrowed, is readable. DeadlineExceeded; Cancelled; else why there is no
// connection. The message names the address. The socket does not block.
absl::StatusOr<UniqueFd> Connect(const EndpointAddress& address, uint32_t mark,
                                 absl::Duration timeout, int cancel_fd);

}  // namespace rollout::probe

#endif  // AGENT_PROBE_MARKED_SOCKET_H_
