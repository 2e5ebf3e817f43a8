// SPDX-License-Identifier: Apache-2.0

#include "base/net_address.h"

#include <arpa/inet.h>

#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace rollout {
namespace {

absl::Status BadAddress(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("address \"", text, "\": ", why,
                   ": write it like 127.0.0.1:80 or [::1]:80"));
}

}  // namespace

NetAddress::NetAddress() { std::memset(&address_, 0, sizeof address_); }

absl::StatusOr<NetAddress> NetAddress::Parse(absl::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return BadAddress(text, "no port");
  absl::string_view host = text.substr(0, colon);
  absl::string_view port_text = text.substr(colon + 1);
  uint32_t port = 0;
  // SimpleAtoi takes signs and spaces for part of a number.
  if (port_text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(port_text, &port) || port > 65535) {
    return BadAddress(text, "the port is not a number in 0..65535");
  }
  if (host.find('\0') != absl::string_view::npos) {
    return BadAddress(text, "not an IP address");
  }
  NetAddress result;
  if (absl::StartsWith(host, "[") && absl::EndsWith(host, "]")) {
    host = host.substr(1, host.size() - 2);
    result.address_.v6.sin6_family = AF_INET6;
    if (inet_pton(AF_INET6, std::string(host).c_str(),
                  &result.address_.v6.sin6_addr) != 1) {
      return BadAddress(text, "not an IPv6 address");
    }
  } else {
    result.address_.v4.sin_family = AF_INET;
    if (inet_pton(AF_INET, std::string(host).c_str(),
                  &result.address_.v4.sin_addr) != 1) {
      return BadAddress(text, "not an IP address");
    }
  }
  return result.WithPort(port);
}

absl::StatusOr<NetAddress> NetAddress::FromSockaddr(const void* address,
                                                    socklen_t size) {
  sa_family_t family = AF_UNSPEC;
  if (size >= sizeof family) std::memcpy(&family, address, sizeof family);
  NetAddress result;
  if (family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    result.address_.v4.sin_family = AF_INET;
    result.address_.v4.sin_port = v4.sin_port;
    result.address_.v4.sin_addr = v4.sin_addr;
    return result;
  }
  // The kernel takes an address without its scope (RFC 2133) as well.
  if (family == AF_INET6 && size >= offsetof(sockaddr_in6, sin6_scope_id)) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, offsetof(sockaddr_in6, sin6_scope_id));
    result.address_.v6.sin6_family = AF_INET6;
    result.address_.v6.sin6_port = v6.sin6_port;
    result.address_.v6.sin6_addr = v6.sin6_addr;
    return result;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("not an IP address: family ", family, ", ", size, " bytes"));
}

int NetAddress::family() const { return address_.any.sa_family; }

uint16_t NetAddress::port() const {
  return ntohs(family() == AF_INET ? address_.v4.sin_port
                                   : address_.v6.sin6_port);
}

bool NetAddress::is_wildcard() const {
  return family() == AF_INET ? address_.v4.sin_addr.s_addr == INADDR_ANY
                             : IN6_IS_ADDR_UNSPECIFIED(&address_.v6.sin6_addr);
}

const sockaddr* NetAddress::sockaddr_ptr() const { return &address_.any; }

socklen_t NetAddress::sockaddr_size() const {
  return family() == AF_INET ? sizeof address_.v4 : sizeof address_.v6;
}

NetAddress NetAddress::WithPort(uint16_t port) const {
  NetAddress result = *this;
  if (family() == AF_INET) {
    result.address_.v4.sin_port = htons(port);
  } else {
    result.address_.v6.sin6_port = htons(port);
  }
  return result;
}

std::string NetAddress::ToString() const {
  char host[INET6_ADDRSTRLEN] = "";
  if (family() == AF_INET) {
    inet_ntop(AF_INET, &address_.v4.sin_addr, host, sizeof host);
    return absl::StrCat(host, ":", port());
  }
  inet_ntop(AF_INET6, &address_.v6.sin6_addr, host, sizeof host);
  return absl::StrCat("[", host, "]:", port());
}

bool NetAddress::operator==(const NetAddress& other) const {
  return family() == other.family() &&
         std::memcmp(&address_, &other.address_, sockaddr_size()) == 0;
}

}  // namespace rollout
