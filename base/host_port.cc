// SPDX-License-Identifier: Apache-2.0

#include "base/host_port.h"

#include <arpa/inet.h>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rollout {
namespace {

bool IsIpv6(absl::string_view host) {
  in6_addr address;
  return inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

bool IsName(absl::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  for (char c : host) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '.' && c != '_') {
      return false;
    }
  }
  return true;
}

absl::Status Wrong(absl::string_view address, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", address, "\" is not an address: ", why,
                   "; write HOST:PORT or [IPV6]:PORT"));
}

}  // namespace

absl::StatusOr<HostPort> ParseHostPort(absl::string_view address) {
  absl::string_view::size_type colon = address.rfind(':');
  if (colon == absl::string_view::npos) {
    return Wrong(address, "the port is missing");
  }
  absl::string_view host = address.substr(0, colon);
  absl::string_view port = address.substr(colon + 1);
  int number;
  if (port.empty() || !absl::ascii_isdigit(port[0]) ||
      !absl::SimpleAtoi(port, &number) || number > 65535) {
    return Wrong(address, "the port is not a number from 0 to 65535");
  }
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
    if (!IsIpv6(host)) {
      return Wrong(address, "there is no IPv6 address in the brackets");
    }
  } else if (!IsName(host)) {
    return Wrong(address, IsIpv6(host) ? "IPv6 needs brackets"
                                       : "the host is not a name or address");
  }
  return HostPort{std::string(host), static_cast<uint16_t>(number)};
}

std::string ToString(const HostPort& address) {
  if (absl::StrContains(address.host, ":")) {
    return absl::StrCat("[", address.host, "]:", address.port);
  }
  return absl::StrCat(address.host, ":", address.port);
}

bool IsLoopback(absl::string_view host) {
  std::string text(host);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127;
  }
  in6_addr v6;
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    return IN6_IS_ADDR_LOOPBACK(&v6);
  }
  return text == "localhost";
}

}  // namespace rollout
