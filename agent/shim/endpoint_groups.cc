// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/endpoint_groups.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/socket_diag.h"
#include "base/log.h"

namespace rollout::shim {

EndpointGroups::~EndpointGroups() {
  for (const auto& [address, group] : groups_) {
    for (int socket : group.Sockets()) loop_.Unwatch(socket);
  }
}

absl::Status EndpointGroups::Steer(Shares shares) {
  std::vector<ListenerGroup*> steered;
  for (auto& [address, group] : groups_) {
    absl::Status status = group.Steer(shares);
    if (!status.ok()) {
      for (ListenerGroup* before : steered) {
        absl::Status undone = before->Steer(shares_);
        if (!undone.ok()) LogError(undone.message());
      }
      return status;
    }
    steered.push_back(&group);
  }
  shares_ = std::move(shares);
  return absl::OkStatus();
}

absl::Status EndpointGroups::CheckNoStranger(const NetAddress& address,
                                             bool v6_only) const {
  for (const auto& [other, group] : groups_) {
    if (!group.HasGenerations() || group.address() == address ||
        !ListenersOverlap(group.address(), group.v6_only(), address, v6_only)) {
      continue;
    }
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

absl::Status EndpointGroups::Join(const NetAddress& address,
                                  uint64_t generation, UniqueFd socket,
                                  int backlog) {
  auto [found, is_new] =
      groups_.try_emplace(address.ToString(), ListenerGroup(address));
  int fd = socket.get();
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  absl::Status status =
      found->second.Join(generation, std::move(socket), backlog, shares_, ours);
  if (status.ok()) WatchForShutDown(found->second, fd);
  return status;
}

absl::Status EndpointGroups::Adopt(
    const NetAddress& address, uint64_t generation, UniqueFd socket,
    const std::function<void()>& share_connections) {
  auto [found, is_new] =
      groups_.try_emplace(address.ToString(), ListenerGroup(address));
  if (!found->second.Sockets().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("a generation listens on ", address.ToString()));
  }
  int fd = socket.get();
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  absl::Status status = found->second.Adopt(generation, std::move(socket),
                                            shares_, ours, share_connections);
  if (status.ok()) WatchForShutDown(found->second, fd);
  return status;
}

absl::Status EndpointGroups::JoinHolders() {
  auto ours = [this](uint64_t inode) { return FindSocket(inode) >= 0; };
  for (auto& [address, group] : groups_) {
    absl::Status status = group.JoinHolder(shares_, ours);
    if (status.ok()) continue;
    Leave(ListenerGroup::kHolder);
    CloseLeaving();
    return status;
  }
  if (Count(ListenerGroup::kHolder) > 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "nobody listens, so there is nothing to hold");
}

int EndpointGroups::FindSocket(uint64_t inode) const {
  for (const auto& [address, group] : groups_) {
    int socket = group.FindSocket(inode);
    if (socket >= 0) return socket;
  }
  return -1;
}

size_t EndpointGroups::Count(const NetAddress& address,
                             uint64_t generation) const {
  auto found = groups_.find(address.ToString());
  return found == groups_.end() ? 0 : found->second.CountStaying(generation);
}

size_t EndpointGroups::Count(uint64_t generation) const {
  size_t count = 0;
  for (const auto& [address, group] : groups_) count += group.Count(generation);
  return count;
}

uint32_t EndpointGroups::Queued(uint64_t generation) const {
  uint32_t queued = 0;
  for (const auto& [address, group] : groups_) {
    queued += group.Queued(generation);
  }
  return queued;
}

void EndpointGroups::Abandon(uint64_t generation,
                             const std::set<uint64_t>& held) {
  for (auto& [address, group] : groups_) {
    group.Abandon(generation, held, shares_);
  }
}

void EndpointGroups::Leave(uint64_t generation) {
  for (auto& [address, group] : groups_) group.Leave(generation);
}

void EndpointGroups::CloseLeaving() {
  for (auto& [address, group] : groups_) {
    group.CloseLeaving(shares_, [this](int socket) { loop_.Unwatch(socket); });
  }
}

uint32_t EndpointGroups::CutQueue(uint64_t generation) {
  uint32_t cut = 0;
  for (auto& [address, group] : groups_) cut += group.CutQueue(generation);
  return cut;
}

void EndpointGroups::CutAbandonedHolders() {
  for (auto& [address, group] : groups_) {
    if (!group.HasGenerations()) group.CutQueue(ListenerGroup::kHolder);
  }
}

void EndpointGroups::EndHoldersAround(const NetAddress& address, bool v6_only) {
  for (auto& [other, group] : groups_) {
    if (group.HasGenerations() || group.address() == address ||
        !ListenersOverlap(group.address(), group.v6_only(), address, v6_only)) {
      continue;
    }
    group.CutQueue(ListenerGroup::kHolder);
    group.Leave(ListenerGroup::kHolder);
  }
  CloseLeaving();
}

void EndpointGroups::WatchForShutDown(ListenerGroup& group, int socket) {
  // No events asked for: EPOLLHUP comes anyway, and means shutdown(2). The
  // order in which they come is the order in which the kernel took them out.
  absl::Status status =
      loop_.Watch(socket, 0, [this, &group, socket](uint32_t) {
        loop_.Unwatch(socket);
        group.OnShutDown(socket, shares_);
      });
  if (!status.ok()) LogError(status.message());
}

}  // namespace rollout::shim
