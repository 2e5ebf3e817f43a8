// SPDX-License-Identifier: Apache-2.0
//
// The groups of a service, one for each address any generation has as an
// endpoint, and the shares that hold for all of them.

#ifndef AGENT_SHIM_ENDPOINT_GROUPS_H_
#define AGENT_SHIM_ENDPOINT_GROUPS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "agent/shim/asker.h"
#include "agent/shim/endpoint_group.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/listener_group.h"
#include "agent/shim/path_group.h"
#include "agent/shim/path_watch.h"
#include "agent/shim/saved_descriptor.h"
#include "agent/shim/share.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

// Not thread-safe.
class EndpointGroups {
 public:
  // `loop` must outlive this. `before_close`: called before each time a socket
  // leaves a group.
  explicit EndpointGroups(
      EpollLoop& loop, std::function<void()> before_close = [] {})
      : loop_(loop),
        before_close_(std::move(before_close)),
        watch_(loop, [this](const std::string& name) { PutBack(name); }) {}
  ~EndpointGroups();
  EndpointGroups(const EndpointGroups&) = delete;
  EndpointGroups& operator=(const EndpointGroups&) = delete;

  // All there is, for a successor; and what a predecessor had. Steers it anew.
  void Save(v1::SavedState* saved) const;
  void Resume(const v1::SavedState& saved, LeftDescriptors& left);

  // Puts new shares in force on every group, or on none: if one refuses, those
  // before it get the old ones back.
  absl::Status Steer(Shares shares);
  const Shares& shares() const { return shares_; }

  // Of TCP and UDP, see ListenerGroup. A stranger is also another generation on
  // an address that overlaps this one and is not the same.
  absl::Status CheckNoStranger(const EndpointAddress& address,
                               bool v6_only) const;
  absl::Status Join(const EndpointAddress& address, uint64_t generation,
                    UniqueFd socket, int backlog);

  // Of TCP. FailedPrecondition also: there is a group already.
  absl::Status Adopt(const EndpointAddress& address, uint64_t generation,
                     UniqueFd socket,
                     const std::function<void()>& share_connections);

  // A listener of the shim's own, `EndpointGroup::kHolder`, on every address
  // that has one, without weight. FailedPrecondition: nobody listens, or there
  // is a UDP or Unix socket, of which nothing can be handed on; none has
  // changed.
  absl::Status JoinHolders();

  // Of Unix sockets, see PathGroup.
  absl::Status BindPath(const EndpointAddress& address, uint64_t generation,
                        UniqueFd socket, const std::string& text,
                        const FileUser& user);
  absl::Status ListenOnPath(uint64_t inode, int backlog);
  int SetMode(const EndpointAddress& address, uint64_t generation,
              const FileUser& user, mode_t mode);
  int SetOwner(const EndpointAddress& address, uint64_t generation,
               const FileUser& user, uid_t uid, gid_t gid);

  // A socket of ours by its inode, still owned here; -1: none.
  int FindSocket(uint64_t inode) const;
  // Of the generation: on one address those that stay, and all there are.
  size_t Count(const EndpointAddress& address, uint64_t generation) const;
  size_t Count(uint64_t generation) const;
  uint32_t Queued(uint64_t generation) const;
  // Whether some of it may still move to another generation.
  bool QueueMoves(uint64_t generation) const;

  // See EndpointGroup.
  void ShareSockets(uint64_t owner, uint64_t heir);
  void EndSharing(uint64_t keeper);
  std::set<uint64_t> Inodes(uint64_t generation) const;
  void Leave(uint64_t generation);
  void Abandon(uint64_t generation, const std::set<uint64_t>& held);
  void CloseLeaving();
  uint32_t CutQueue(uint64_t generation);
  // The queues of holders that have no other listener beside them.
  void CutAbandonedHolders();
  // Ends holders in the way of a generation that has moved to `address`: the
  // one they overlap is no endpoint any more, so nobody will take who waits.
  void EndHoldersAround(const EndpointAddress& address, bool v6_only);

 private:
  absl::Status CheckCanBeHeld() const;
  ListenerGroup& OfIp(const EndpointAddress& address);
  PathGroup& OfPath(const EndpointAddress& address);
  void WatchForShutDown(EndpointGroup& group, int socket);
  // A file of that name ("": any) came or went beside a path.
  void PutBack(const std::string& name);

  EpollLoop& loop_;
  const std::function<void()> before_close_;
  Shares shares_;
  // By address.
  std::map<std::string, ListenerGroup> ip_groups_;
  std::map<std::string, PathGroup> path_groups_;
  // All of them, borrowed from the maps, in the order they came.
  std::vector<EndpointGroup*> groups_;
  PathWatch watch_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_ENDPOINT_GROUPS_H_
