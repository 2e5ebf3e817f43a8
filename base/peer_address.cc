// SPDX-License-Identifier: Apache-2.0

#include "base/peer_address.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"

namespace rollout {
namespace {

// "%5B" to "[": gRPC's peer is a URI.
std::string PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool coded = text[i] == '%' && i + 2 < text.size() &&
                       absl::ascii_isxdigit(text[i + 1]) &&
                       absl::ascii_isxdigit(text[i + 2]);
    decoded += coded ? absl::HexStringToBytes(text.substr(i + 1, 2))
                     : std::string(1, text[i]);
    if (coded) i += 2;
  }
  return decoded;
}

}  // namespace

std::string PeerAddress(absl::string_view peer) {
  absl::string_view address = peer;
  if (absl::ConsumePrefix(&address, "ipv4:") ||
      absl::ConsumePrefix(&address, "ipv6:")) {
    return PercentDecoded(address);
  }
  return std::string(peer);
}

}  // namespace rollout
