// SPDX-License-Identifier: Apache-2.0
//
// All sockets on one IP address, over the generations: one SO_REUSEPORT group
// of the kernel, with a steering program on it. Keeps the kernel's order of the
// members, which the program's indexes mean, and proves it against sock_diag
// whenever a member joins.
//
// A TCP socket joins by listen(2), a UDP socket by bind(2).

#ifndef AGENT_SHIM_LISTENER_GROUP_H_
#define AGENT_SHIM_LISTENER_GROUP_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "agent/shim/endpoint_group.h"
#include "agent/shim/share.h"
#include "base/endpoint_address.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

class ListenerGroup : public EndpointGroup {
 public:
  // Of TCP or UDP.
  explicit ListenerGroup(const EndpointAddress& address)
      : transport_(address.transport()), address_(*address.ip()) {}

  Transport transport() const { return transport_; }
  const NetAddress& address() const { return address_; }
  // Of the members, while there are any.
  bool v6_only() const { return identity_.v6_only; }

  // Makes the socket a member of `generation`: a bound TCP socket one that
  // listens, a UDP socket one that is bound. It has no weight from its first
  // client unless `shares` gives it some. `backlog` is for listen(2).
  // FailedPrecondition, and nothing has changed: a socket that is not ours
  // shares or overlaps the address (it is named), or the socket's v6only or
  // device differ. Otherwise as listen(2) or bind(2) fail.
  absl::Status Join(uint64_t generation, UniqueFd socket, int backlog,
                    const Shares& shares, const IsOurs& ours);

  // Makes the group out of a TCP listener that serves already, as that of
  // `generation`. The kernel has none yet, and takes no program for a listener
  // alone: one of ours joins it, and leaves again with what was led to it
  // meanwhile, which moves to the other. `share_connections` lets the address
  // of those it has accepted be shared, where it is not yet.
  // FailedPrecondition: queues don't move here, or there is a stranger; the
  // socket is as it was then.
  absl::Status Adopt(uint64_t generation, UniqueFd socket, const Shares& shares,
                     const IsOurs& ours,
                     const std::function<void()>& share_connections);

  // Makes a TCP listener of the shim's own a member, as `kHolder`, without
  // weight. Nothing to do where there is one, or no other member.
  absl::Status JoinHolder(const Shares& shares, const IsOurs& ours);

  // FailedPrecondition: a socket that is not ours shares or overlaps the
  // address, were ours bound with `v6_only`; names it.
  absl::Status CheckNoStranger(bool v6_only, const IsOurs& ours) const;

  absl::Status Steer(const Shares& shares) override;
  // Of TCP, where the kernel does that; datagrams move nowhere.
  bool QueueMoves() const override;

 private:
  // What the kernel also demands to be equal within a group.
  struct Identity {
    bool v6_only = false;
    std::string device;
    bool operator==(const Identity& other) const {
      return v6_only == other.v6_only && device == other.device;
    }
  };

  static Member Listener(uint64_t generation, UniqueFd socket);
  static Identity ReadIdentity(int socket);
  absl::Status CheckIdentity(int socket);
  absl::Status Enter(int socket, int backlog) const;
  absl::Status Attach(const Shares& shares) const;
  // Whether it is in the kernel's group.
  bool IsIn(int socket) const;
  // A member that is in the kernel's group; with none, the one that will be.
  int AttachPoint() const;

  bool IsStillIn(const Member& member) const override;
  void OnResumed() override;
  void Refresh(const Shares& shares) override;
  std::optional<size_t> NextToClose(const Shares& shares) const override;

  const Transport transport_;
  const NetAddress address_;
  // Of the members, while there are any.
  Identity identity_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_LISTENER_GROUP_H_
