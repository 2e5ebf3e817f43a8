// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/trial.h"

#include <sys/socket.h>

#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/endpoint_address.h"
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
  Trial trial(endpoint);
  for (int i = 0; i < kConnections; ++i) {
    ASSIGN_OR_RETURN(UniqueFd socket, Connect(endpoint));
    const std::optional<NetAddress> own = BoundAddress(socket.get());
    if (!own.has_value()) return absl::UnavailableError("not connected");
    trial.own_.insert(own->ToString());
    trial.sockets_.push_back(std::move(socket));
  }
  return trial;
}

absl::StatusOr<Trial::Accepted> Trial::Look() const {
  ASSIGN_OR_RETURN(
      std::vector<SocketEntry> connections,
      ListSocketsOf(SocketKind::kConnection, Transport::kTcp, endpoint_));
  Accepted accepted;
  bool waits = false;
  for (const SocketEntry& connection : connections) {
    if (own_.count(connection.remote.ToString()) == 0) continue;
    if (connection.inode == 0) {
      waits = true;
    } else {
      accepted.inodes.insert(connection.inode);
    }
  }
  accepted.all = !waits;
  return accepted;
}

}  // namespace rollout::shim
