// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/trial.h"

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/endpoint_address.h"
#include "base/status_macros.h"

namespace rollout::shim {

absl::StatusOr<Trial> Trial::Begin(const NetAddress& endpoint) {
  UniqueFd socket(::socket(endpoint.family(),
                           SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // A wildcard is reached over loopback, see connect(2).
  if (!socket.valid() || (connect(socket.get(), endpoint.sockaddr_ptr(),
                                  endpoint.sockaddr_size()) != 0 &&
                          errno != EINPROGRESS)) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot connect to ", endpoint.ToString()));
  }
  const std::optional<NetAddress> own = BoundAddress(socket.get());
  if (!own.has_value()) return absl::UnavailableError("not connected");
  return Trial(endpoint, *own, std::move(socket));
}

absl::StatusOr<uint64_t> Trial::AcceptedAs() const {
  ASSIGN_OR_RETURN(
      std::vector<SocketEntry> connections,
      ListSocketsOf(SocketKind::kConnection, Transport::kTcp, endpoint_));
  for (const SocketEntry& connection : connections) {
    if (connection.remote == own_) return connection.inode;
  }
  return absl::UnavailableError("the connection is gone");
}

}  // namespace rollout::shim
