// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/listener_group.h"

#include <fcntl.h>
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

absl::Status ListenerGroup::Join(
    uint64_t generation, UniqueFd socket, int backlog, const Shares& shares,
    const std::function<bool(uint64_t inode)>& ours) {
  RETURN_IF_ERROR(CheckIdentity(socket.get()));
  RETURN_IF_ERROR(CheckNoStranger(identity_.v6_only, ours));
  int fd = socket.get();
  uint64_t inode = SocketInode(fd);
  members_.push_back({generation, std::move(socket), inode, false});
  // Before it joins, so that its first SYN finds the right program: on the
  // group, or, in an empty one, on the socket that will be the group.
  absl::Status status = Attach(shares);
  if (status.ok() && listen(fd, backlog) != 0) {
    status = absl::ErrnoToStatus(
        errno, absl::StrCat("cannot listen on ", address_.ToString()));
  }
  if (!status.ok()) {
    members_.pop_back();
    Reattach(shares);
    return status;
  }
  absl::Status proof = CheckNoStranger(identity_.v6_only, ours);
  if (!proof.ok()) LogError(proof.message());
  return absl::OkStatus();
}

absl::Status ListenerGroup::Adopt(
    uint64_t generation, UniqueFd socket, const Shares& shares,
    const std::function<bool(uint64_t inode)>& ours,
    const std::function<void()>& share_connections) {
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
  const bool was_shared = IsAddressShared(socket.get());
  SharedAddress shared(socket.get());
  RETURN_IF_ERROR(shared.status());
  if (!was_shared) share_connections();
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
  members_.push_back({generation, std::move(socket), inode, false});
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

absl::Status ListenerGroup::JoinHolder(
    const Shares& shares, const std::function<bool(uint64_t inode)>& ours) {
  if (members_.empty() || CountStaying(kHolder) > 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(UniqueFd socket,
                   BindShared(address_, identity_.v6_only, identity_.device));
  return Join(kHolder, std::move(socket), kLongestBacklog, shares, ours);
}

absl::Status ListenerGroup::Steer(const Shares& shares) {
  if (members_.empty()) return absl::OkStatus();
  return Attach(shares);
}

int ListenerGroup::FindSocket(uint64_t inode) const {
  for (const Member& member : members_) {
    if (member.inode == inode) return member.socket.get();
  }
  return -1;
}

size_t ListenerGroup::Count(uint64_t generation) const {
  size_t count = 0;
  for (const Member& member : members_) {
    count += member.generation == generation;
  }
  return count;
}

size_t ListenerGroup::CountStaying(uint64_t generation) const {
  size_t count = 0;
  for (const Member& member : members_) {
    count += member.generation == generation && !member.leaving;
  }
  return count;
}

bool ListenerGroup::HasGenerations() const {
  for (const Member& member : members_) {
    if (member.generation != kHolder) return true;
  }
  return false;
}

uint32_t ListenerGroup::Queued(uint64_t generation) const {
  uint32_t queued = 0;
  for (const Member& member : members_) {
    if (member.generation == generation) {
      queued += AcceptQueueLength(member.socket.get());
    }
  }
  return queued;
}

std::vector<int> ListenerGroup::Sockets() const {
  std::vector<int> sockets;
  for (const Member& member : members_) sockets.push_back(member.socket.get());
  return sockets;
}

void ListenerGroup::OnShutDown(int socket, const Shares& shares) {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].socket.get() != socket) continue;
    Remove(i);
    Reattach(shares);
    return;
  }
}

void ListenerGroup::Leave(uint64_t generation) {
  for (Member& member : members_) {
    if (member.generation == generation) member.leaving = true;
  }
}

void ListenerGroup::Abandon(uint64_t generation, const std::set<uint64_t>& held,
                            const Shares& shares) {
  bool changed = false;
  for (Member& member : members_) {
    if (member.generation != generation || held.count(member.inode) > 0) {
      continue;
    }
    changed = changed || !member.leaving;
    member.leaving = true;
  }
  if (changed) Reattach(shares);
}

void ListenerGroup::CloseLeaving(
    const Shares& shares, const std::function<void(int socket)>& before_close) {
  Shares here;
  for (const Share& share : shares) {
    if (CountStaying(share.generation) > 0) here.push_back(share);
  }
  for (;;) {
    std::vector<DepartureMember> view;
    for (const Member& member : members_) {
      view.push_back({member.leaving,
                      !member.leaving && Serves(here, member.generation),
                      AcceptQueueLength(member.socket.get()) > 0});
    }
    std::optional<size_t> place = NextToClose(view, QueuesMove());
    if (!place.has_value()) return;
    before_close(members_[*place].socket.get());
    Remove(*place);
    Reattach(shares);
  }
}

uint32_t ListenerGroup::CutQueue(uint64_t generation) {
  uint32_t cut = 0;
  for (const Member& member : members_) {
    if (member.generation != generation) continue;
    int fd = member.socket.get();
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    while (UniqueFd(accept4(fd, nullptr, nullptr, SOCK_CLOEXEC)).valid()) ++cut;
  }
  return cut;
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

absl::Status ListenerGroup::CheckNoStranger(
    bool v6_only, const std::function<bool(uint64_t inode)>& ours) const {
  ASSIGN_OR_RETURN(std::vector<SocketEntry> listeners,
                   ListSockets(SocketKind::kListener, address_.port()));
  for (const SocketEntry& listener : listeners) {
    if (FindSocket(listener.inode) >= 0 || ours(listener.inode)) continue;
    if (!ListenersOverlap(listener.local, listener.v6_only, address_,
                          v6_only)) {
      continue;
    }
    return absl::FailedPreconditionError(absl::StrCat(
        DescribeSocketHolder(listener.inode), " listens on ",
        listener.local.ToString(), " and would take clients of ",
        address_.ToString(), ": stop it or give the service another port"));
  }
  return absl::OkStatus();
}

absl::Status ListenerGroup::Attach(const Shares& shares) const {
  std::vector<SteeringTarget> targets;
  for (const Share& share : shares) {
    SteeringTarget target{share.mark, share.permille, {}};
    for (size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].generation == share.generation && !members_[i].leaving) {
        target.indexes.push_back(i);
      }
    }
    targets.push_back(std::move(target));
  }
  std::vector<sock_filter> code = BuildSteering(targets);
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (setsockopt(AttachPoint(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
                 sizeof program) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot attach the steering program of ",
                            address_.ToString()));
  }
  return absl::OkStatus();
}

int ListenerGroup::AttachPoint() const {
  for (const Member& member : members_) {
    if (IsListening(member.socket.get())) return member.socket.get();
  }
  return members_[0].socket.get();
}

void ListenerGroup::Reattach(const Shares& shares) const {
  if (members_.empty()) return;
  absl::Status status = Attach(shares);
  if (!status.ok()) LogError(status.message());
}

void ListenerGroup::Remove(size_t place) {
  std::swap(members_[place], members_.back());
  members_.pop_back();
}

}  // namespace rollout::shim
