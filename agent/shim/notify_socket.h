// SPDX-License-Identifier: Apache-2.0
//
// A generation's NOTIFY_SOCKET: hears sd_notify(3) from its own processes.

#ifndef AGENT_SHIM_NOTIFY_SOCKET_H_
#define AGENT_SHIM_NOTIFY_SOCKET_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/shim/epoll_loop.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// READY=1 counts; descriptors that come along are closed, which is what
// BARRIER=1 asks for; all else is let pass.
class NotifySocket {
 public:
  struct Owner {
    // Whether a sender may speak for the generation.
    std::function<bool(pid_t sender)> accepts;
    std::function<void()> on_ready;
  };

  // Makes the socket at `path`, for `uid` and `gid` to send to; when the path
  // is too long for one (107 bytes), an abstract one. `loop` must outlive it.
  static absl::StatusOr<std::unique_ptr<NotifySocket>> Create(
      const std::string& path, uint32_t uid, uint32_t gid, Owner owner,
      EpollLoop& loop);
  // One that was made so, at `address`.
  static absl::StatusOr<std::unique_ptr<NotifySocket>> Resume(
      UniqueFd socket, std::string address, Owner owner, EpollLoop& loop);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // What NOTIFY_SOCKET is to be.
  const std::string& address() const { return address_; }
  // Borrowed.
  int descriptor() const { return socket_.get(); }

  // Whose it is from now on.
  void set_owner(Owner owner) { owner_ = std::move(owner); }

 private:
  NotifySocket(UniqueFd socket, std::string address, Owner owner,
               EpollLoop& loop);
  void Receive();

  const UniqueFd socket_;
  const std::string address_;
  Owner owner_;
  EpollLoop& loop_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_NOTIFY_SOCKET_H_
