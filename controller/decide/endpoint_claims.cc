// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/endpoint_claims.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace rollout::decide {
namespace {

// "IP:PORT" in its two halves; the port is empty where there is none.
std::pair<absl::string_view, absl::string_view> Split(absl::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool IsWildcard(absl::string_view ip) {
  return ip == "0.0.0.0" || ip == "[::]";
}

// Ports of both are known to be equal.
bool Clash(const EndpointClaim& a, const EndpointClaim& b) {
  if (a.plan == b.plan || (!a.is_new && !b.is_new)) return false;
  absl::string_view a_ip = Split(a.address).first;
  absl::string_view b_ip = Split(b.address).first;
  return a_ip == b_ip || IsWildcard(a_ip) || IsWildcard(b_ip);
}

absl::Status Refusal(const EndpointClaim& a, const EndpointClaim& b) {
  std::string other =
      a.address == b.address ? "" : absl::StrCat(" (as ", b.address, ")");
  return absl::FailedPreconditionError(absl::StrCat(
      "plans ", a.plan, " and ", b.plan, other, " both claim ", a.address,
      " on host ", a.host, ": give one of them another port or other hosts"));
}

}  // namespace

absl::Status CheckEndpointClaims(std::vector<EndpointClaim> claims) {
  std::sort(claims.begin(), claims.end(),
            [](const EndpointClaim& a, const EndpointClaim& b) {
              return std::tie(a.host, a.address, a.plan) <
                     std::tie(b.host, b.address, b.plan);
            });
  // Those before, by host and port: few share both.
  std::map<std::pair<std::string, std::string>, std::vector<EndpointClaim>>
      before;
  for (const EndpointClaim& claim : claims) {
    auto& others =
        before[{claim.host, std::string(Split(claim.address).second)}];
    for (const EndpointClaim& other : others) {
      if (Clash(other, claim)) return Refusal(other, claim);
    }
    others.push_back(claim);
  }
  return absl::OkStatus();
}

}  // namespace rollout::decide
