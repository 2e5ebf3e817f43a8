// SPDX-License-Identifier: Apache-2.0
//
// An IP address with a port: as people write it, and as the kernel takes it.
// No names, no look-ups.

#ifndef BASE_NET_ADDRESS_H_
#define BASE_NET_ADDRESS_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

// A value. IPv6 scopes are not kept: two link-local addresses of different
// devices are equal here.
class NetAddress {
 public:
  // "127.0.0.1:80" or "[::1]:80"; port 0 is allowed. InvalidArgument.
  static absl::StatusOr<NetAddress> Parse(absl::string_view text);

  // `size` bytes at `address`. InvalidArgument: not IPv4 or IPv6, or too short.
  static absl::StatusOr<NetAddress> FromSockaddr(const void* address,
                                                 socklen_t size);

  // AF_INET or AF_INET6.
  int family() const;
  uint16_t port() const;
  // 0.0.0.0 or [::].
  bool is_wildcard() const;

  // For bind and connect. Lives as long as this.
  const sockaddr* sockaddr_ptr() const;
  socklen_t sockaddr_size() const;

  NetAddress WithPort(uint16_t port) const;
  // As Parse reads it.
  std::string ToString() const;

  bool operator==(const NetAddress& other) const;
  bool operator!=(const NetAddress& other) const { return !(*this == other); }

 private:
  NetAddress();

  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address_;
};

}  // namespace rollout

#endif  // BASE_NET_ADDRESS_H_
