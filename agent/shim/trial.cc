// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/trial.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr int kConnections = 8;

absl::StatusOr<UniqueFd> Connect(const NetAddress& endpoint) {
  UniqueFd socket(::socket(endpoint.family(),
                           SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // A wildcard is reached over loopback, see connect(2).
  if (socket.valid() && (connect(socket.get(), endpoint.sockaddr_ptr(),
                                 endpoint.sockaddr_size()) == 0 ||
                         errno == EINPROGRESS)) {
    return socket;
  }
  return absl::ErrnoToStatus(
      errno, absl::StrCat("cannot connect to ", endpoint.ToString()));
}

}  // namespace

absl::StatusOr<Trial> Trial::Begin(const NetAddress& endpoint) {
  Trial trial;
  for (int i = 0; i < kConnections; ++i) {
    ASSIGN_OR_RETURN(UniqueFd socket, Connect(endpoint));
    const std::optional<NetAddress> own = BoundAddress(socket.get());
    if (!own.has_value()) return absl::UnavailableError("not connected");
    const NetAddress peer =
        endpoint.is_wildcard() ? own->WithPort(endpoint.port()) : endpoint;
    trial.connections_.push_back({std::move(socket), *own, peer});
  }
  return trial;
}

absl::StatusOr<Trial::Accepted> Trial::Look() {
  Accepted accepted;
  bool one_waits = false;
  for (const Connection& connection : connections_) {
    absl::StatusOr<SocketEntry> theirs =
        FindConnection(connection.peer, connection.own);
    if (absl::IsNotFound(theirs.status())) continue;
    RETURN_IF_ERROR(theirs.status());
    if (theirs->inode == 0) {
      one_waits = true;
    } else {
      accepted.inodes.insert(theirs->inode);
    }
  }
  accepted.over = !one_waits || some_accepted_;
  some_accepted_ = !accepted.inodes.empty();
  pause_ns_ =
      some_accepted_ ? kFirstPauseNs : std::min(2 * pause_ns_, kLastPauseNs);
  return accepted;
}

}  // namespace rollout::shim
