// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation_listeners.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/shim/bound_socket.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/log.h"
#include "base/net_address.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

absl::StatusOr<UniqueFd> MakeSocket(const EndpointAddress& address) {
  const int type =
      address.transport() == Transport::kUdp ? SOCK_DGRAM : SOCK_STREAM;
  const int family = address.ip() ? address.ip()->family() : AF_UNIX;
  UniqueFd socket(::socket(family, type | SOCK_CLOEXEC, 0));
  if (socket.valid()) return socket;
  return absl::ErrnoToStatus(
      errno, absl::StrCat("cannot make a socket for ", address.ToString()));
}

// Makes the socket fit its group. False: errno says why.
bool PrepareMember(int socket, Transport transport) {
  int on = 1;
  // The kernel lets sockets into one group only if all have SO_REUSEPORT and
  // one owner. Established connections have their service's owner; for them
  // SO_REUSEADDR makes it not matter. For UDP it would let everybody in.
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    return false;
  }
  if (transport == Transport::kTcp &&
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    return false;
  }
  return fchown(socket, geteuid(), -1) == 0;
}

bool HasReusePort(int socket) {
  int on = 0;
  socklen_t size = sizeof on;
  getsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, &size);
  return on != 0;
}

// Of two overlapping addresses. What overlaps with an IPv4 endpoint, and is
// neither IPv4 nor [::], is the same address on an IPv6 socket: as Java has it.
absl::string_view WayToEqual(const NetAddress& bound,
                             const NetAddress& endpoint) {
  if (bound.family() == endpoint.family() || bound.is_wildcard() ||
      endpoint.is_wildcard()) {
    return "make them equal";
  }
  return "have it use an IPv4 socket (Java: -Djava.net.preferIPv4Stack=true)";
}

}  // namespace

GenerationListeners::GenerationListeners(uint64_t generation,
                                         std::vector<NamedEndpoint> endpoints,
                                         EndpointGroups& groups)
    : generation_(generation),
      endpoints_(std::move(endpoints)),
      groups_(groups) {}

absl::Status GenerationListeners::JudgeBind(const EndpointAddress& address,
                                            bool v6_only) {
  if (Find(address) != nullptr) {
    groups_.EndHoldersAround(address, v6_only);
    return groups_.CheckNoStranger(address, v6_only);
  }
  for (const NamedEndpoint& endpoint : endpoints_) {
    if (endpoint.address.transport() != address.transport() ||
        !ListenersOverlap(*address.ip(), v6_only, *endpoint.address.ip(),
                          v6_only)) {
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat("the service binds ", address.ToString(),
                     " but its endpoint is ", endpoint.address.ToString(), ": ",
                     WayToEqual(*address.ip(), *endpoint.address.ip())));
  }
  return absl::NotFoundError("not an endpoint");
}

absl::StatusOr<int> GenerationListeners::Bind(UniqueFd socket,
                                              const EndpointAddress& address) {
  const NetAddress& ip = *address.ip();
  if (groups_.FindSocket(SocketInode(socket.get())) >= 0) return EINVAL;
  int error = PrepareMember(socket.get(), address.transport()) ? 0 : errno;
  if (error == 0 && address.transport() == Transport::kUdp) {
    RETURN_IF_ERROR(Join(*Find(address), std::move(socket), 0));
    return 0;
  }
  if (error == 0 &&
      bind(socket.get(), ip.sockaddr_ptr(), ip.sockaddr_size()) != 0) {
    error = errno;
  }
  if (error != 0) {
    OnProblem(absl::StrCat("cannot bind ", address.ToString(), ": ",
                           std::strerror(error), BindHint(error)));
  }
  return error;
}

absl::Status GenerationListeners::BindPath(UniqueFd socket,
                                           const FilePlace& place,
                                           const std::string& path,
                                           const FileUser& user) {
  const NamedEndpoint* endpoint = Find(place);
  if (endpoint == nullptr) return absl::NotFoundError("not an endpoint");
  return groups_.BindPath(endpoint->address, generation_, std::move(socket),
                          path, user);
}

absl::Status GenerationListeners::Listen(UniqueFd socket, int backlog) {
  const uint64_t inode = SocketInode(socket.get());
  int known = groups_.FindSocket(inode);
  if (known >= 0 && TransportOf(known) == Transport::kUnix) {
    RETURN_IF_ERROR(groups_.ListenOnPath(inode, backlog));
    if (AllListen()) problem_.clear();
    return absl::OkStatus();
  }
  if (known >= 0) {
    return listen(known, backlog) == 0
               ? absl::OkStatus()
               : absl::ErrnoToStatus(errno, "cannot listen again");
  }
  std::optional<NetAddress> ip = BoundAddress(socket.get());
  if (!ip.has_value()) return absl::NotFoundError("not bound");
  const NamedEndpoint* endpoint = Find(EndpointAddress(*ip));
  if (endpoint == nullptr) return absl::NotFoundError("not an endpoint");
  if (!HasReusePort(socket.get())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the service bound ", ip->ToString(),
        " in a way that went past Rollout (io_uring, a 32-bit call, or an "
        "inherited socket): use handover activation"));
  }
  return Join(*endpoint, std::move(socket), backlog);
}

absl::Status GenerationListeners::Join(const NamedEndpoint& endpoint,
                                       UniqueFd socket, int backlog) {
  if (groups_.Count(endpoint.address, generation_) >=
      EndpointGroup::kMaxPerGeneration) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the service has ", EndpointGroup::kMaxPerGeneration, " sockets on ",
        endpoint.address.ToString(), " and wants more: use fewer"));
  }
  RETURN_IF_ERROR(
      groups_.Join(endpoint.address, generation_, std::move(socket), backlog));
  // Refused once and tried again, with success.
  if (AllListen()) problem_.clear();
  return absl::OkStatus();
}

bool GenerationListeners::HasPath(const std::string& file_name) const {
  return std::any_of(endpoints_.begin(), endpoints_.end(),
                     [&file_name](const NamedEndpoint& endpoint) {
                       return endpoint.address.transport() ==
                                  Transport::kUnix &&
                              endpoint.address.file_name() == file_name;
                     });
}

absl::StatusOr<int> GenerationListeners::ChangePath(const PathChange& change) {
  const NamedEndpoint* endpoint = nullptr;
  for (const FilePlace& place : change.places) {
    if (endpoint == nullptr) endpoint = Find(place);
  }
  if (endpoint == nullptr) return absl::NotFoundError("not an endpoint");
  switch (change.kind) {
    case PathChange::Kind::kUnlink:
      // Clients come there. The shim clears away what is the generation's.
      return 0;
    case PathChange::Kind::kReplace:
      return absl::FailedPreconditionError(absl::StrCat(
          "the service moves a file to or from ", endpoint->address.path(),
          ", which Rollout moves from one generation to the next: let it bind "
          "that path itself, or use handover activation"));
    case PathChange::Kind::kMode:
      return groups_.SetMode(endpoint->address, generation_, change.user,
                             change.mode);
    case PathChange::Kind::kOwner:
      return groups_.SetOwner(endpoint->address, generation_, change.user,
                              change.uid, change.gid);
  }
  return absl::NotFoundError("not known");
}

void GenerationListeners::OnProblem(const std::string& problem) {
  problem_ = problem;
  LogWarning("generation ", generation_, ": ", problem);
}

absl::StatusOr<std::vector<int>> GenerationListeners::Activate(
    const FileUser& user) {
  std::vector<int> sockets;
  for (const NamedEndpoint& endpoint : endpoints_) {
    const EndpointAddress& address = endpoint.address;
    ASSIGN_OR_RETURN(UniqueFd socket, MakeSocket(address));
    const uint64_t inode = SocketInode(socket.get());
    sockets.push_back(socket.get());
    if (address.transport() == Transport::kUnix) {
      RETURN_IF_ERROR(groups_.BindPath(address, generation_, std::move(socket),
                                       address.path(), user));
      RETURN_IF_ERROR(groups_.ListenOnPath(inode, kLongestBacklog));
      continue;
    }
    RETURN_IF_ERROR(groups_.CheckNoStranger(address, false));
    const NetAddress& ip = *address.ip();
    if (!PrepareMember(socket.get(), address.transport()) ||
        (address.transport() == Transport::kTcp &&
         bind(socket.get(), ip.sockaddr_ptr(), ip.sockaddr_size()) != 0)) {
      return absl::ErrnoToStatus(
          errno, absl::StrCat("cannot bind ", address.ToString()));
    }
    RETURN_IF_ERROR(Join(endpoint, std::move(socket), kLongestBacklog));
  }
  return sockets;
}

bool GenerationListeners::AllListen() const {
  for (const NamedEndpoint& endpoint : endpoints_) {
    if (groups_.Count(endpoint.address, generation_) == 0) return false;
  }
  return true;
}

const NamedEndpoint* GenerationListeners::Find(
    const EndpointAddress& address) const {
  for (const NamedEndpoint& endpoint : endpoints_) {
    if (endpoint.address == address) return &endpoint;
  }
  return nullptr;
}

// Directories have many names, by links and mounts.
const NamedEndpoint* GenerationListeners::Find(const FilePlace& place) const {
  struct stat asked, ours;
  if (fstat(place.directory.get(), &asked) != 0) return nullptr;
  for (const NamedEndpoint& endpoint : endpoints_) {
    const EndpointAddress& address = endpoint.address;
    if (address.transport() == Transport::kUnix &&
        address.file_name() == place.name &&
        stat(address.directory().c_str(), &ours) == 0 &&
        ours.st_dev == asked.st_dev && ours.st_ino == asked.st_ino) {
      return &endpoint;
    }
  }
  return nullptr;
}

}  // namespace rollout::shim
