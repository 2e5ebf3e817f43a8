// SPDX-License-Identifier: Apache-2.0
//
// The listener groups of a service, one for each address any generation has as
// an endpoint, and the shares that hold for all of them.

#ifndef AGENT_SHIM_ENDPOINT_GROUPS_H_
#define AGENT_SHIM_ENDPOINT_GROUPS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/listener_group.h"
#include "agent/shim/share.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// Not thread-safe.
class EndpointGroups {
 public:
  // `loop` must outlive this.
  explicit EndpointGroups(EpollLoop& loop) : loop_(loop) {}
  ~EndpointGroups();
  EndpointGroups(const EndpointGroups&) = delete;
  EndpointGroups& operator=(const EndpointGroups&) = delete;

  // Puts new shares in force on every group, or on none: if one refuses, those
  // before it get the old ones back.
  absl::Status Steer(Shares shares);
  const Shares& shares() const { return shares_; }

  // FailedPrecondition: a listener on an address that overlaps this one, but is
  // not the same, would take its clients or lose its own to it; names it. It
  // may be a stranger's or that of another generation.
  absl::Status CheckNoStranger(const NetAddress& address, bool v6_only) const;
  absl::Status Join(const NetAddress& address, uint64_t generation,
                    UniqueFd socket, int backlog);

  // See ListenerGroup. FailedPrecondition also: there is a group already.
  absl::Status Adopt(const NetAddress& address, uint64_t generation,
                     UniqueFd socket,
                     const std::function<void()>& share_connections);

  // A listener of the shim's own, `ListenerGroup::kHolder`, on every address
  // that has one, without weight; on error none has changed.
  absl::Status JoinHolders();

  // A listener of ours by its inode, still owned here; -1: none.
  int FindSocket(uint64_t inode) const;
  // Of the generation: on one address those that stay, and all there are.
  size_t Count(const NetAddress& address, uint64_t generation) const;
  size_t Count(uint64_t generation) const;
  uint32_t Queued(uint64_t generation) const;

  // See ListenerGroup.
  void Leave(uint64_t generation);
  void Abandon(uint64_t generation, const std::set<uint64_t>& held);
  void CloseLeaving();
  uint32_t CutQueue(uint64_t generation);
  // The queues of holders that have no other listener beside them.
  void CutAbandonedHolders();
  // Ends holders in the way of a generation that has moved to `address`: the
  // one they overlap is no endpoint any more, so nobody will take who waits.
  void EndHoldersAround(const NetAddress& address, bool v6_only);

 private:
  void WatchForShutDown(ListenerGroup& group, int socket);

  EpollLoop& loop_;
  Shares shares_;
  // By address.
  std::map<std::string, ListenerGroup> groups_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ENDPOINT_GROUPS_H_
