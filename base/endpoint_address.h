// SPDX-License-Identifier: Apache-2.0
//
// Where a service meets its clients: an address and how they come to it.
//
//   127.0.0.1:80  [::1]:80     TCP
//   udp:127.0.0.1:53           UDP
//   unix:/run/app/app.sock     a Unix stream socket

#ifndef BASE_ENDPOINT_ADDRESS_H_
#define BASE_ENDPOINT_ADDRESS_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/net_address.h"

namespace rollout {

enum class Transport { kTcp, kUdp, kUnix };

// "tcp", "udp", "unix".
absl::string_view TransportName(Transport transport);

// A value.
class EndpointAddress {
 public:
  // The kernel takes 107 bytes; each generation's own name for its socket is up
  // to 17 longer.
  static constexpr size_t kMaxPath = 90;

  // TCP.
  EndpointAddress(const NetAddress& ip)  // NOLINT: one is the other
      : ip_(ip) {}
  // `transport` is TCP or UDP.
  EndpointAddress(Transport transport, const NetAddress& ip)
      : transport_(transport), ip_(ip) {}

  // As above. Port 0 is allowed. A path is absolute, of at most kMaxPath bytes,
  // and names a file: no empty part, no "." and no "..". InvalidArgument.
  static absl::StatusOr<EndpointAddress> Parse(absl::string_view text);

  Transport transport() const { return transport_; }
  // Of TCP and UDP; else none.
  const std::optional<NetAddress>& ip() const { return ip_; }
  // Of Unix sockets; else empty.
  const std::string& path() const { return path_; }
  // The two halves of the path: "/run/app", "app.sock".
  std::string directory() const;
  std::string file_name() const;

  // As Parse reads it.
  std::string ToString() const;

  bool operator==(const EndpointAddress& other) const;
  bool operator!=(const EndpointAddress& other) const {
    return !(*this == other);
  }

 private:
  explicit EndpointAddress(std::string path)
      : transport_(Transport::kUnix), path_(std::move(path)) {}

  Transport transport_ = Transport::kTcp;
  std::optional<NetAddress> ip_;
  std::string path_;
};

}  // namespace rollout

#endif  // BASE_ENDPOINT_ADDRESS_H_
