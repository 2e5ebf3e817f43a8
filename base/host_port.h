// SPDX-License-Identifier: Apache-2.0
//
// Addresses as people write them: "192.0.2.1:80", "[2001:db8::1]:80",
// "controller.example:7400". Pure functions, safe from any thread.

#ifndef BASE_HOST_PORT_H_
#define BASE_HOST_PORT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

struct HostPort {
  // A name, or an IP address without brackets.
  std::string host;
  // 0: the kernel chooses.
  uint16_t port = 0;
};

// InvalidArgument: says which part is wrong and shows the right form.
absl::StatusOr<HostPort> ParseHostPort(absl::string_view address);

// Back to text, an IPv6 address in brackets.
std::string ToString(const HostPort& address);

// 127.0.0.0/8, ::1 or "localhost".
bool IsLoopback(absl::string_view host);

}  // namespace rollout

#endif  // BASE_HOST_PORT_H_
