// SPDX-License-Identifier: Apache-2.0
//
// All listeners on one address, over the generations: one SO_REUSEPORT group of
// the kernel, with a steering program on it. Keeps the kernel's order of the
// members, which the program's indexes mean, and proves it against sock_diag
// whenever a member joins.

#ifndef AGENT_SHIM_LISTENER_GROUP_H_
#define AGENT_SHIM_LISTENER_GROUP_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "agent/shim/share.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// Not thread-safe.
class ListenerGroup {
 public:
  static constexpr size_t kMaxPerGeneration = 64;
  // Stands for the shim itself, whose listener nobody accepts from.
  static constexpr uint64_t kHolder = 0;

  explicit ListenerGroup(const NetAddress& address) : address_(address) {}

  const NetAddress& address() const { return address_; }
  // Of the members, while there are any.
  bool v6_only() const { return identity_.v6_only; }
  // A generation has a listener here, whatever becomes of it.
  bool HasGenerations() const;

  // Makes the bound socket a listener of `generation` and a member; it has no
  // weight from its first SYN unless `shares` gives it some. `ours` tells
  // whether an inode is a listener of another group of this service.
  // FailedPrecondition, and nothing has changed: a listener that is not ours
  // shares or overlaps the address (it is named), or the socket's v6only or
  // device differ. Otherwise as listen(2) fails.
  absl::Status Join(uint64_t generation, UniqueFd socket, int backlog,
                    const Shares& shares,
                    const std::function<bool(uint64_t inode)>& ours);

  // Makes the group out of a listener that serves already, as that of
  // `generation`. The kernel has none yet, and takes no program for a listener
  // alone: one of ours joins it, and leaves again with what was led to it
  // meanwhile, which moves to the other. `share_connections` lets the address
  // of those it has accepted be shared, where it is not yet.
  // FailedPrecondition: queues don't move here, or there is a stranger; the
  // socket is as it was then.
  absl::Status Adopt(uint64_t generation, UniqueFd socket, const Shares& shares,
                     const std::function<bool(uint64_t inode)>& ours,
                     const std::function<void()>& share_connections);

  // Makes a listener of the shim's own a member, as `kHolder`, without weight.
  // Nothing to do where there is one, or no other member.
  absl::Status JoinHolder(const Shares& shares,
                          const std::function<bool(uint64_t inode)>& ours);

  // FailedPrecondition: a listener that is not ours shares or overlaps the
  // address, were ours bound with `v6_only`; names it.
  absl::Status CheckNoStranger(
      bool v6_only, const std::function<bool(uint64_t inode)>& ours) const;

  // Attaches a program for `shares`: one system call, at once in force.
  absl::Status Steer(const Shares& shares);

  // The listener behind `inode`, still owned here; -1: no member.
  int FindSocket(uint64_t inode) const;

  size_t Count(uint64_t generation) const;
  // Without those that only wait to be closed.
  size_t CountStaying(uint64_t generation) const;
  // Connections in the accept queues of its listeners.
  uint32_t Queued(uint64_t generation) const;

  // The members' descriptors, to watch for EPOLLHUP: shutdown(2) by the
  // service, which takes them out of the kernel's group at once.
  std::vector<int> Sockets() const;
  // Forgets that member, closes it, and attaches anew.
  void OnShutDown(int socket, const Shares& shares);

  // Listeners of the generation that `held` does not name are the shim's alone:
  // the service closed them and has others. They get no client any more and
  // leave, as below.
  void Abandon(uint64_t generation, const std::set<uint64_t>& held,
               const Shares& shares);

  // The generation is over: the listeners it has now are to be closed.
  void Leave(uint64_t generation);
  // Closes those of them that can be without harm to a client, each after
  // `before_close` was told; the others stay, to be tried at the next call.
  void CloseLeaving(const Shares& shares,
                    const std::function<void(int socket)>& before_close);

  // Ends every connection in its queues. Only when all of its processes are
  // gone. Returns how many there were.
  uint32_t CutQueue(uint64_t generation);

 private:
  // What the kernel also demands to be equal within a group.
  struct Identity {
    bool v6_only = false;
    std::string device;
    bool operator==(const Identity& other) const {
      return v6_only == other.v6_only && device == other.device;
    }
  };
  struct Member {
    uint64_t generation = 0;
    UniqueFd socket;
    uint64_t inode = 0;
    bool leaving = false;
  };

  static Identity ReadIdentity(int socket);
  absl::Status CheckIdentity(int socket);
  absl::Status Attach(const Shares& shares) const;
  // A member that is in the kernel's group; with none, the one that will be.
  int AttachPoint() const;
  // Attaches again after a change of the members; a failure is logged.
  void Reattach(const Shares& shares) const;
  // As the kernel does it: the last one moves into the gap.
  void Remove(size_t place);

  const NetAddress address_;
  // Of the members, while there are any.
  Identity identity_;
  // In the kernel's order.
  std::vector<Member> members_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_LISTENER_GROUP_H_
