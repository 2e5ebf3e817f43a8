// SPDX-License-Identifier: Apache-2.0
//
// Sockets that the shim binds itself, so that they fit a listener group.

#ifndef AGENT_SHIM_BOUND_SOCKET_H_
#define AGENT_SHIM_BOUND_SOCKET_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// The backlog of listeners of ours; the kernel clips it to net.core.somaxconn.
inline constexpr int kLongestBacklog = 4096;

// A TCP socket bound to `address`, which others of ours may have, too.
// `device`: as SO_BINDTODEVICE of socket(7); empty: none. As socket(2),
// setsockopt(2) or bind(2) fail.
absl::StatusOr<UniqueFd> BindShared(const NetAddress& address,
                                    bool v6_only = false,
                                    const std::string& device = "");

// Lets sockets of ours have the address of a bound one: SO_REUSEPORT,
// SO_REUSEADDR, and our user as its owner (fchown(2)), which the kernel
// compares. Undone at the end unless kept.
class SharedAddress {
 public:
  // Borrows `socket`.
  explicit SharedAddress(int socket);
  ~SharedAddress();
  SharedAddress(const SharedAddress&) = delete;
  SharedAddress& operator=(const SharedAddress&) = delete;

  // As setsockopt(2) or fchown(2) failed.
  absl::Status status() const { return status_; }
  void Keep() { kept_ = true; }

 private:
  const int socket_;
  // As it was.
  int reuse_port_ = 0;
  int reuse_address_ = 0;
  uint32_t owner_ = 0;
  absl::Status status_;
  bool kept_ = false;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_BOUND_SOCKET_H_
