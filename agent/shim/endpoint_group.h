// SPDX-License-Identifier: Apache-2.0
//
// The sockets at which the generations of a service take clients of one
// address. How clients are led to one or the other depends on the kind of
// address: see ListenerGroup (IP) and PathGroup (Unix sockets). What is common
// to them is here.

#ifndef AGENT_SHIM_ENDPOINT_GROUP_H_
#define AGENT_SHIM_ENDPOINT_GROUP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/shim/saved_descriptor.h"
#include "agent/shim/share.h"
#include "base/unique_fd.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

// Whether an inode is a socket of ours, in whichever group.
using IsOurs = std::function<bool(uint64_t inode)>;

// Not thread-safe.
class EndpointGroup {
 public:
  static constexpr size_t kMaxPerGeneration = 64;
  // Stands for the shim itself, whose listener nobody accepts from.
  static constexpr uint64_t kHolder = 0;

  virtual ~EndpointGroup() = default;

  // Puts the shares in force, at once. On any error the old ones stay.
  virtual absl::Status Steer(const Shares& shares) = 0;

  // The member with `inode`, still owned here; -1: no member.
  int FindSocket(uint64_t inode) const;

  // From now on what `owner` has is also `heir`'s: it has inherited the same
  // sockets.
  void ShareSockets(uint64_t owner, uint64_t heir);
  // It is `keeper`'s alone again, one of the two.
  void EndSharing(uint64_t keeper);

  // Those of the generation that take clients.
  size_t Count(uint64_t generation) const;
  // Without those that only wait to be closed.
  size_t CountStaying(uint64_t generation) const;
  // A generation has a member here, whatever becomes of it.
  bool HasGenerations() const;
  // Inodes of those that stay.
  std::set<uint64_t> Inodes(uint64_t generation) const;
  // Clients that wait for the generation to take them, see WaitingClients. None
  // while it shares its sockets: somebody else takes them, too.
  uint32_t Queued(uint64_t generation) const;

  // Whether what waits in the queue of a socket that is closed moves to another
  // member.
  virtual bool QueueMoves() const { return false; }

  // The descriptors of those that take clients, to watch for EPOLLHUP:
  // shutdown(2) by the service, upon which no more come.
  std::vector<int> Sockets() const;
  // Forgets that member, closes it, and steers anew.
  void OnShutDown(int socket, const Shares& shares);

  // Members of the generation that `held` does not name are the shim's alone:
  // the service closed them and has others. They get no client any more and
  // leave, as below.
  void Abandon(uint64_t generation, const std::set<uint64_t>& held,
               const Shares& shares);

  // The generation is over: the members it has now are to be closed.
  void Leave(uint64_t generation);
  // Closes those of them that can be without harm to a client, each after
  // `before_close` was told; the others stay, to be tried at the next call.
  void CloseLeaving(const Shares& shares,
                    const std::function<void(int socket)>& before_close);

  // The members, for a successor; and those that a predecessor had.
  void Save(v1::SavedGroup* saved) const;
  void Resume(const v1::SavedGroup& saved, LeftDescriptors& left);

  // Drops every client that waits for it. Only when all of its processes are
  // gone. Returns how many there were.
  uint32_t CutQueue(uint64_t generation);

 protected:
  struct Member {
    uint64_t generation = 0;
    UniqueFd socket;
    uint64_t inode = 0;
    // Bound but not listening yet: false.
    bool takes_clients = false;
    // To be closed when that harms nobody.
    bool leaving = false;
    // Of `socket`, once it was asked for.
    mutable v1::SavedDescriptor saved;
    // Unix sockets: its own name in the endpoint's directory, whoever has the
    // public one.
    std::string file_name;
  };

  // By itself, or as the heir of whose it is.
  bool Has(uint64_t generation, const Member& member) const;
  // Whether anybody who has it gets clients.
  bool IsServed(const Member& member, const Shares& shares) const;

  // Steers again after a change of the members; a failure is logged.
  virtual void Refresh(const Shares& shares) = 0;
  // The place of a leaving member that may be closed now, or none.
  virtual std::optional<size_t> NextToClose(const Shares& shares) const = 0;
  // Whether the kernel still has the member, which a predecessor has left.
  virtual bool IsStillIn(const Member& member) const;
  // The members are as the predecessor had them.
  virtual void OnResumed() {}
  // The member is about to be closed.
  virtual void OnRemove(const Member&) {}

  // Closes it. As the kernel does it in its groups: the last one moves into the
  // gap.
  void Remove(size_t place);

  // In the order they came; in the kernel's where that has one.
  std::vector<Member> members_;

 private:
  // Who shares its sockets with whom; 0: nobody does.
  uint64_t owner_ = 0;
  uint64_t heir_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ENDPOINT_GROUP_H_
