// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/endpoint_group.h"

#include <algorithm>
#include <utility>

#include "agent/shim/socket_facts.h"

namespace rollout::shim {

int EndpointGroup::FindSocket(uint64_t inode) const {
  for (const Member& member : members_) {
    if (member.inode == inode) return member.socket.get();
  }
  return -1;
}

void EndpointGroup::ShareSockets(uint64_t owner, uint64_t heir) {
  owner_ = owner;
  heir_ = heir;
}

void EndpointGroup::EndSharing(uint64_t keeper) {
  for (Member& member : members_) {
    if (member.generation == owner_) member.generation = keeper;
  }
  owner_ = heir_ = 0;
}

bool EndpointGroup::Has(uint64_t generation, const Member& member) const {
  return member.generation == generation ||
         (generation == heir_ && heir_ != 0 && member.generation == owner_);
}

bool EndpointGroup::IsServed(const Member& member, const Shares& shares) const {
  return Serves(shares, member.generation) ||
         (heir_ != 0 && member.generation == owner_ && Serves(shares, heir_));
}

size_t EndpointGroup::Count(uint64_t generation) const {
  size_t count = 0;
  for (const Member& member : members_) {
    count += Has(generation, member) && member.takes_clients;
  }
  return count;
}

std::set<uint64_t> EndpointGroup::Inodes(uint64_t generation) const {
  std::set<uint64_t> inodes;
  for (const Member& member : members_) {
    if (Has(generation, member) && !member.leaving) inodes.insert(member.inode);
  }
  return inodes;
}

size_t EndpointGroup::CountStaying(uint64_t generation) const {
  size_t count = 0;
  for (const Member& member : members_) {
    count += Has(generation, member) && member.takes_clients && !member.leaving;
  }
  return count;
}

bool EndpointGroup::HasGenerations() const {
  return std::any_of(
      members_.begin(), members_.end(),
      [](const Member& member) { return member.generation != kHolder; });
}

uint32_t EndpointGroup::Queued(uint64_t generation) const {
  uint32_t queued = 0;
  if (heir_ != 0 && (generation == owner_ || generation == heir_)) return 0;
  for (const Member& member : members_) {
    if (member.generation == generation) {
      queued += WaitingClients(member.socket.get());
    }
  }
  return queued;
}

std::vector<int> EndpointGroup::Sockets() const {
  std::vector<int> sockets;
  for (const Member& member : members_) {
    if (member.takes_clients) sockets.push_back(member.socket.get());
  }
  return sockets;
}

void EndpointGroup::OnShutDown(int socket, const Shares& shares) {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].socket.get() != socket) continue;
    Remove(i);
    Refresh(shares);
    return;
  }
}

void EndpointGroup::Abandon(uint64_t generation, const std::set<uint64_t>& held,
                            const Shares& shares) {
  bool changed = false;
  for (Member& member : members_) {
    if (member.generation != generation || held.count(member.inode) > 0) {
      continue;
    }
    changed = changed || !member.leaving;
    member.leaving = true;
  }
  if (changed) Refresh(shares);
}

void EndpointGroup::Leave(uint64_t generation) {
  for (Member& member : members_) {
    if (member.generation == generation) member.leaving = true;
  }
}

void EndpointGroup::CloseLeaving(
    const Shares& shares, const std::function<void(int socket)>& before_close) {
  while (std::optional<size_t> place = NextToClose(shares)) {
    before_close(members_[*place].socket.get());
    Remove(*place);
    Refresh(shares);
  }
}

uint32_t EndpointGroup::CutQueue(uint64_t generation) {
  uint32_t cut = 0;
  for (const Member& member : members_) {
    if (member.generation == generation) cut += CutClients(member.socket.get());
  }
  return cut;
}

void EndpointGroup::Save(v1::SavedGroup* saved) const {
  saved->set_owner(owner_);
  saved->set_heir(heir_);
  for (const Member& member : members_) {
    v1::SavedMember* one = saved->add_members();
    one->set_generation(member.generation);
    if (member.saved.identity().empty()) {
      member.saved = SaveDescriptor(member.socket.get());
    }
    *one->mutable_socket() = member.saved;
    one->set_takes_clients(member.takes_clients);
    one->set_leaving(member.leaving);
    one->set_file_name(member.file_name);
  }
}

void EndpointGroup::Resume(const v1::SavedGroup& saved, LeftDescriptors& left) {
  owner_ = saved.owner();
  heir_ = saved.heir();
  for (const v1::SavedMember& one : saved.members()) {
    Member member;
    member.generation = one.generation();
    member.socket = left.Take(one.socket());
    member.inode = SocketInode(member.socket.get());
    member.takes_clients = one.takes_clients();
    member.leaving = one.leaving();
    member.file_name = one.file_name();
    members_.push_back(std::move(member));
  }
  // What was closed or shut down after the last save: at most one, as each is
  // preceded by a save.
  for (size_t i = 0; i < members_.size();) {
    if (IsStillIn(members_[i])) {
      ++i;
    } else {
      Remove(i);
    }
  }
  OnResumed();
}

bool EndpointGroup::IsStillIn(const Member& member) const {
  return member.socket.valid();
}

void EndpointGroup::Remove(size_t place) {
  OnRemove(members_[place]);
  std::swap(members_[place], members_.back());
  members_.pop_back();
}

}  // namespace rollout::shim
