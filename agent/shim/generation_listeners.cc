// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation_listeners.h"

#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/bound_socket.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

bool HasReusePort(int socket) {
  int on = 0;
  socklen_t size = sizeof on;
  getsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, &size);
  return on != 0;
}

}  // namespace

GenerationListeners::GenerationListeners(uint64_t generation,
                                         std::vector<NamedEndpoint> endpoints,
                                         EndpointGroups& groups)
    : generation_(generation),
      endpoints_(std::move(endpoints)),
      groups_(groups) {}

absl::Status GenerationListeners::JudgeBind(const NetAddress& address,
                                            bool v6_only) {
  if (Find(address) != nullptr) {
    groups_.EndHoldersAround(address, v6_only);
    return groups_.CheckNoStranger(address, v6_only);
  }
  for (const NamedEndpoint& endpoint : endpoints_) {
    if (!ListenersOverlap(address, v6_only, endpoint.address, v6_only)) {
      continue;
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "the service binds ", address.ToString(), " but its endpoint is ",
        endpoint.address.ToString(), ": make them equal"));
  }
  return absl::NotFoundError("not an endpoint");
}

absl::Status GenerationListeners::Listen(UniqueFd socket, int backlog) {
  int known = groups_.FindSocket(SocketInode(socket.get()));
  if (known >= 0) {
    return listen(known, backlog) == 0
               ? absl::OkStatus()
               : absl::ErrnoToStatus(errno, "cannot listen again");
  }
  std::optional<NetAddress> address = BoundAddress(socket.get());
  if (!address.has_value()) return absl::NotFoundError("not bound");
  const NamedEndpoint* endpoint = Find(*address);
  if (endpoint == nullptr) return absl::NotFoundError("not an endpoint");
  if (!HasReusePort(socket.get())) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the service bound ", address->ToString(),
        " in a way that went past Rollout (io_uring, a 32-bit call, or an "
        "inherited socket): use handover activation"));
  }
  if (groups_.Count(*address, generation_) >=
      ListenerGroup::kMaxPerGeneration) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the service has ", ListenerGroup::kMaxPerGeneration, " listeners on ",
        address->ToString(), " and wants more: use fewer"));
  }
  RETURN_IF_ERROR(
      groups_.Join(*address, generation_, std::move(socket), backlog));
  // Refused once and tried again, with success.
  if (AllListen()) problem_.clear();
  return absl::OkStatus();
}

void GenerationListeners::OnProblem(const std::string& problem) {
  problem_ = problem;
  LogWarning("generation ", generation_, ": ", problem);
}

absl::StatusOr<std::vector<int>> GenerationListeners::Activate() {
  std::vector<int> sockets;
  for (const NamedEndpoint& endpoint : endpoints_) {
    RETURN_IF_ERROR(groups_.CheckNoStranger(endpoint.address, false));
    ASSIGN_OR_RETURN(UniqueFd socket, BindShared(endpoint.address));
    sockets.push_back(socket.get());
    RETURN_IF_ERROR(groups_.Join(endpoint.address, generation_,
                                 std::move(socket), kLongestBacklog));
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
    const NetAddress& address) const {
  for (const NamedEndpoint& endpoint : endpoints_) {
    if (endpoint.address == address) return &endpoint;
  }
  return nullptr;
}

}  // namespace rollout::shim
