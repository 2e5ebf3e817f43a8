// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/endpoint_groups.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/socket_diag.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

// Of another address that shares clients with this one.
bool IsBeside(const ListenerGroup& group, const EndpointAddress& address,
              bool v6_only) {
  return group.transport() == address.transport() &&
         group.address() != *address.ip() &&
         ListenersOverlap(group.address(), group.v6_only(), *address.ip(),
                          v6_only);
}

}  // namespace

EndpointGroups::~EndpointGroups() {
  for (EndpointGroup* group : groups_) {
    for (int socket : group->Sockets()) loop_.Unwatch(socket);
  }
}

absl::Status EndpointGroups::Steer(Shares shares) {
  for (const auto& [address, group] : path_groups_) {
    RETURN_IF_ERROR(group.CheckShares(shares));
  }
  std::vector<EndpointGroup*> steered;
  for (EndpointGroup* group : groups_) {
    absl::Status status = group->Steer(shares);
    if (!status.ok()) {
      for (EndpointGroup* before : steered) {
        absl::Status undone = before->Steer(shares_);
        if (!undone.ok()) LogError(undone.message());
      }
      return status;
    }
    steered.push_back(group);
  }
  shares_ = std::move(shares);
  return absl::OkStatus();
}

absl::Status EndpointGroups::CheckNoStranger(const EndpointAddress& address,
                                             bool v6_only) const {
  for (const auto& [other, group] : ip_groups_) {
    if (!group.HasGenerations() || !IsBeside(group, address, v6_only)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "another generation listens on ", other, ", which overlaps ",
        address.ToString(),
        ": one of the two would get the clients of both. Keep the address as "
        "it was, or use handover exclusive, so that they never run at once"));
  }
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  // Nothing of a group but its address matters here.
  return ListenerGroup(address).CheckNoStranger(v6_only, ours);
}

absl::Status EndpointGroups::Join(const EndpointAddress& address,
                                  uint64_t generation, UniqueFd socket,
                                  int backlog) {
  ListenerGroup& group = OfIp(address);
  int fd = socket.get();
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  RETURN_IF_ERROR(
      group.Join(generation, std::move(socket), backlog, shares_, ours));
  // A UDP socket that is shut down stays where it is in the kernel's group.
  if (address.transport() == Transport::kTcp) WatchForShutDown(group, fd);
  return absl::OkStatus();
}

absl::Status EndpointGroups::BindPath(const EndpointAddress& address,
                                      uint64_t generation, UniqueFd socket,
                                      const std::string& text,
                                      const FileUser& user) {
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  RETURN_IF_ERROR(OfPath(address).Bind(generation, std::move(socket), text,
                                       user, shares_, ours));
  watch_.Add(address.directory());
  return absl::OkStatus();
}

absl::Status EndpointGroups::ListenOnPath(uint64_t inode, int backlog) {
  for (auto& [address, group] : path_groups_) {
    const int socket = group.FindSocket(inode);
    if (socket < 0) continue;
    const bool is_new = !group.TakesClients(inode);
    RETURN_IF_ERROR(group.Listen(inode, backlog, shares_));
    if (is_new) WatchForShutDown(group, socket);
  }
  return absl::OkStatus();
}

int EndpointGroups::SetMode(const EndpointAddress& address, uint64_t generation,
                            const FileUser& user, mode_t mode) {
  return OfPath(address).SetMode(generation, user, mode);
}

int EndpointGroups::SetOwner(const EndpointAddress& address,
                             uint64_t generation, const FileUser& user,
                             uid_t uid, gid_t gid) {
  return OfPath(address).SetOwner(generation, user, uid, gid);
}

absl::Status EndpointGroups::Adopt(
    const EndpointAddress& address, uint64_t generation, UniqueFd socket,
    const std::function<void()>& share_connections) {
  ListenerGroup& group = OfIp(address);
  if (!group.Sockets().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("a generation listens on ", address.ToString()));
  }
  int fd = socket.get();
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  RETURN_IF_ERROR(group.Adopt(generation, std::move(socket), shares_, ours,
                              share_connections));
  WatchForShutDown(group, fd);
  return absl::OkStatus();
}

absl::Status EndpointGroups::JoinHolders() {
  RETURN_IF_ERROR(CheckCanBeHeld());
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  for (auto& [address, group] : ip_groups_) {
    absl::Status status = group.JoinHolder(shares_, ours);
    if (status.ok()) continue;
    Leave(EndpointGroup::kHolder);
    CloseLeaving();
    return status;
  }
  if (Count(EndpointGroup::kHolder) > 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "nobody listens, so there is nothing to hold");
}

absl::Status EndpointGroups::CheckCanBeHeld() const {
  std::string other;
  for (const auto& [address, group] : ip_groups_) {
    if (group.transport() == Transport::kUdp && group.HasGenerations()) {
      other = address;
    }
  }
  for (const auto& [address, group] : path_groups_) {
    if (group.HasGenerations()) other = address;
  }
  if (other.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "who waits at ", other,
      " can't be handed to the next generation, which only TCP can: use "
      "handover intercept or activation"));
}

int EndpointGroups::FindSocket(uint64_t inode) const {
  for (const EndpointGroup* group : groups_) {
    int socket = group->FindSocket(inode);
    if (socket >= 0) return socket;
  }
  return -1;
}

size_t EndpointGroups::Count(const EndpointAddress& address,
                             uint64_t generation) const {
  const std::string name = address.ToString();
  auto ip = ip_groups_.find(name);
  if (ip != ip_groups_.end()) return ip->second.CountStaying(generation);
  auto path = path_groups_.find(name);
  if (path != path_groups_.end()) return path->second.CountStaying(generation);
  return 0;
}

size_t EndpointGroups::Count(uint64_t generation) const {
  size_t count = 0;
  for (const EndpointGroup* group : groups_) count += group->Count(generation);
  return count;
}

uint32_t EndpointGroups::Queued(uint64_t generation) const {
  uint32_t queued = 0;
  for (const EndpointGroup* group : groups_) {
    queued += group->Queued(generation);
  }
  return queued;
}

bool EndpointGroups::QueueMoves(uint64_t generation) const {
  return std::any_of(
      groups_.begin(), groups_.end(), [generation](const EndpointGroup* group) {
        return group->QueueMoves() && group->Queued(generation) > 0;
      });
}

void EndpointGroups::Abandon(uint64_t generation,
                             const std::set<uint64_t>& held) {
  for (EndpointGroup* group : groups_) {
    group->Abandon(generation, held, shares_);
  }
}

void EndpointGroups::ShareSockets(uint64_t owner, uint64_t heir) {
  for (EndpointGroup* group : groups_) group->ShareSockets(owner, heir);
}

void EndpointGroups::EndSharing(uint64_t keeper) {
  for (EndpointGroup* group : groups_) group->EndSharing(keeper);
}

std::set<uint64_t> EndpointGroups::Inodes(uint64_t generation) const {
  std::set<uint64_t> inodes;
  for (const EndpointGroup* group : groups_) {
    inodes.merge(group->Inodes(generation));
  }
  return inodes;
}

void EndpointGroups::Leave(uint64_t generation) {
  for (EndpointGroup* group : groups_) group->Leave(generation);
}

void EndpointGroups::CloseLeaving() {
  for (EndpointGroup* group : groups_) {
    group->CloseLeaving(shares_, [this](int socket) {
      before_close_();
      loop_.Unwatch(socket);
    });
  }
}

uint32_t EndpointGroups::CutQueue(uint64_t generation) {
  uint32_t cut = 0;
  for (EndpointGroup* group : groups_) cut += group->CutQueue(generation);
  return cut;
}

void EndpointGroups::CutAbandonedHolders() {
  for (auto& [address, group] : ip_groups_) {
    if (!group.HasGenerations()) group.CutQueue(EndpointGroup::kHolder);
  }
}

void EndpointGroups::EndHoldersAround(const EndpointAddress& address,
                                      bool v6_only) {
  for (auto& [other, group] : ip_groups_) {
    if (group.HasGenerations() || !IsBeside(group, address, v6_only)) continue;
    group.CutQueue(EndpointGroup::kHolder);
    group.Leave(EndpointGroup::kHolder);
  }
  CloseLeaving();
}

ListenerGroup& EndpointGroups::OfIp(const EndpointAddress& address) {
  auto [found, is_new] = ip_groups_.try_emplace(address.ToString(), address);
  if (is_new) groups_.push_back(&found->second);
  return found->second;
}

PathGroup& EndpointGroups::OfPath(const EndpointAddress& address) {
  auto [found, is_new] = path_groups_.try_emplace(address.ToString(), address);
  if (is_new) groups_.push_back(&found->second);
  return found->second;
}

void EndpointGroups::PutBack(const std::string& name) {
  for (auto& [address, group] : path_groups_) {
    if (name.empty() || name == group.name()) group.PutBack(shares_);
  }
}

void EndpointGroups::WatchForShutDown(EndpointGroup& group, int socket) {
  // No events asked for: EPOLLHUP comes anyway, and means shutdown(2). The
  // order in which they come is the order in which the kernel took them out.
  absl::Status status =
      loop_.Watch(socket, 0, [this, &group, socket](uint32_t) {
        before_close_();
        loop_.Unwatch(socket);
        group.OnShutDown(socket, shares_);
      });
  if (!status.ok()) LogError(status.message());
}

}  // namespace rollout::shim
