// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/listener_group.h"

#include <net/if.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/bound_socket.h"
#include "agent/shim/departure.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/share.h"
#include "agent/shim/socket_diag.h"
#include "agent/shim/socket_facts.h"
#include "agent/shim/steering.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {

absl::Status ListenerGroup::Join(uint64_t generation, UniqueFd socket,
                                 int backlog, const Shares& shares,
                                 const IsOurs& ours) {
  RETURN_IF_ERROR(CheckIdentity(socket.get()));
  // A shim that was lost may have got as far as to have it in the kernel's
  // group.
  const uint64_t inode = SocketInode(socket.get());
  RETURN_IF_ERROR(CheckNoStranger(identity_.v6_only, [&](uint64_t other) {
    return other == inode || ours(other);
  }));
  int fd = socket.get();
  members_.push_back(Listener(generation, std::move(socket)));
  // Before it joins, so that its first client finds the right program: on the
  // group, or, in an empty one, on the socket that will be the group.
  absl::Status status = Attach(shares);
  if (status.ok()) status = Enter(fd, backlog);
  if (!status.ok()) {
    members_.pop_back();
    Refresh(shares);
    return status;
  }
  absl::Status proof = CheckNoStranger(identity_.v6_only, ours);
  if (!proof.ok()) LogError(proof.message());
  return absl::OkStatus();
}

EndpointGroup::Member ListenerGroup::Listener(uint64_t generation,
                                              UniqueFd socket) {
  Member member;
  member.generation = generation;
  member.inode = SocketInode(socket.get());
  member.socket = std::move(socket);
  member.takes_clients = true;
  return member;
}

absl::Status ListenerGroup::Adopt(
    uint64_t generation, UniqueFd socket, const Shares& shares,
    const IsOurs& ours, const std::function<void()>& share_connections) {
  if (!QueuesMove()) {
    return absl::FailedPreconditionError(
        "net.ipv4.tcp_migrate_req is off or unknown here (it came with Linux "
        "5.14), so a listener can't be adopted without losing clients: set it "
        "to 1");
  }
  identity_ = ReadIdentity(socket.get());
  const uint64_t inode = SocketInode(socket.get());
  RETURN_IF_ERROR(CheckNoStranger(identity_.v6_only, [&](uint64_t other) {
    return other == inode || ours(other);
  }));
  SharedAddress shared(socket.get());
  RETURN_IF_ERROR(shared.status());
  share_connections();
  absl::StatusOr<UniqueFd> bound =
      BindShared(address_, identity_.v6_only, identity_.device);
  RETURN_IF_ERROR(WithContext(
      bound.status(),
      "connections that wait to be accepted, or are in TIME_WAIT for up to "
      "60 s, keep the address to themselves; it is tried again"));
  UniqueFd primer = *std::move(bound);
  if (listen(primer.get(), kLongestBacklog) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot listen on ", address_.ToString()));
  }
  members_.push_back(Listener(generation, std::move(socket)));
  absl::Status status = Attach(shares);
  // Hands on its queue, with a program or without.
  primer.reset();
  if (!status.ok()) {
    socket = std::move(members_[0].socket);
    members_.clear();
    return status;
  }
  shared.Keep();
  return absl::OkStatus();
}

absl::Status ListenerGroup::JoinHolder(const Shares& shares,
                                       const IsOurs& ours) {
  if (members_.empty() || CountStaying(kHolder) > 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(UniqueFd socket,
                   BindShared(address_, identity_.v6_only, identity_.device));
  return Join(kHolder, std::move(socket), kLongestBacklog, shares, ours);
}

absl::Status ListenerGroup::Steer(const Shares& shares) {
  if (members_.empty()) return absl::OkStatus();
  return Attach(shares);
}

absl::Status ListenerGroup::Enter(int socket, int backlog) const {
  if (transport_ == Transport::kUdp) {
    // By a shim that was lost before it could say so.
    if (IsIn(socket)) return absl::OkStatus();
    if (bind(socket, address_.sockaddr_ptr(), address_.sockaddr_size()) == 0) {
      return absl::OkStatus();
    }
    const int error = errno;
    return absl::ErrnoToStatus(
        error,
        absl::StrCat("cannot bind udp:", address_.ToString(), BindHint(error)));
  }
  if (listen(socket, backlog) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(
      errno, absl::StrCat("cannot listen on ", address_.ToString()));
}

std::optional<size_t> ListenerGroup::NextToClose(const Shares& shares) const {
  Shares here;
  for (const Share& share : shares) {
    if (CountStaying(share.generation) > 0) here.push_back(share);
  }
  std::vector<DepartureMember> view;
  for (const Member& member : members_) {
    view.push_back({member.leaving, !member.leaving && IsServed(member, here),
                    WaitingClients(member.socket.get()) > 0});
  }
  return shim::NextToClose(view, QueueMoves());
}

bool ListenerGroup::QueueMoves() const {
  return transport_ == Transport::kTcp && QueuesMove();
}

ListenerGroup::Identity ListenerGroup::ReadIdentity(int socket) {
  Identity identity;
  int v6_only = 0;
  socklen_t size = sizeof v6_only;
  getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &size);
  identity.v6_only = v6_only != 0;
  char device[IFNAMSIZ] = "";
  size = sizeof device;
  getsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, device, &size);
  identity.device = device;
  return identity;
}

absl::Status ListenerGroup::CheckIdentity(int socket) {
  Identity identity = ReadIdentity(socket);
  if (members_.empty()) identity_ = identity;
  if (identity == identity_) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the service listens on ", address_.ToString(),
      " with v6only=", identity.v6_only, " device=\"", identity.device,
      "\", but the generation before it with v6only=", identity_.v6_only,
      " device=\"", identity_.device,
      "\", so they cannot share it: make them equal"));
}

absl::Status ListenerGroup::CheckNoStranger(bool v6_only,
                                            const IsOurs& ours) const {
  ASSIGN_OR_RETURN(
      std::vector<SocketEntry> listeners,
      ListSockets({SocketKind::kListener, transport_, address_.port()}));
  for (const SocketEntry& listener : listeners) {
    if (FindSocket(listener.inode) >= 0 || ours(listener.inode)) continue;
    if (!ListenersOverlap(listener.local, listener.v6_only, address_,
                          v6_only)) {
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat(DescribeSocketHolder(listener.inode), " listens on ",
                     EndpointAddress(transport_, listener.local).ToString(),
                     " and would take clients of ",
                     EndpointAddress(transport_, address_).ToString(),
                     ": stop it or give the service another port"));
  }
  return absl::OkStatus();
}

absl::Status ListenerGroup::Attach(const Shares& shares) const {
  std::vector<SteeringTarget> targets;
  for (const Share& share : shares) {
    SteeringTarget target{share.mark, share.permille, {}};
    for (size_t i = 0; i < members_.size(); ++i) {
      const Member& member = members_[i];
      // A UDP socket that has got a peer takes nobody else's datagrams.
      if (Has(share.generation, member) && !member.leaving &&
          !HasPeer(member.socket.get())) {
        target.indexes.push_back(i);
      }
    }
    targets.push_back(std::move(target));
  }
  std::vector<sock_filter> code = BuildSteering(
      targets, transport_ == Transport::kUdp ? Draw::kByFlow : Draw::kByChance);
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (setsockopt(AttachPoint(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
                 sizeof program) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot attach the steering program of ",
                            address_.ToString()));
  }
  return absl::OkStatus();
}

bool ListenerGroup::IsIn(int socket) const {
  return transport_ == Transport::kUdp ? BoundAddress(socket).has_value()
                                       : IsListening(socket);
}

bool ListenerGroup::IsStillIn(const Member& member) const {
  return member.socket.valid() && IsIn(member.socket.get());
}

void ListenerGroup::OnResumed() {
  if (!members_.empty()) identity_ = ReadIdentity(members_[0].socket.get());
}

int ListenerGroup::AttachPoint() const {
  for (const Member& member : members_) {
    if (IsIn(member.socket.get())) return member.socket.get();
  }
  return members_[0].socket.get();
}

void ListenerGroup::Refresh(const Shares& shares) {
  if (members_.empty()) return;
  absl::Status status = Attach(shares);
  if (!status.ok()) LogError(status.message());
}

}  // namespace rollout::shim
