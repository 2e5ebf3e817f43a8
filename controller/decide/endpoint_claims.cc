// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/endpoint_claims.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace rollout::decide {
namespace {

// "IP:PORT", "udp:IP:PORT" or "unix:PATH". What only equal addresses can share
// is their key: kind and port, or the path.
struct Address {
  explicit Address(absl::string_view text) : key(text) {
    absl::string_view rest = text;
    if (absl::StartsWith(text, "unix:")) return;
    const bool is_udp = absl::ConsumePrefix(&rest, "udp:");
    const size_t colon = rest.rfind(':');
    if (colon == absl::string_view::npos) return;
    ip = std::string(rest.substr(0, colon));
    key = absl::StrCat(is_udp ? "udp" : "tcp", rest.substr(colon));
  }

  bool is_wildcard() const { return ip == "0.0.0.0" || ip == "[::]"; }

  std::string key;
  // Empty where there is none.
  std::string ip;
};

// The keys of both addresses are known to be equal.
bool Clash(const EndpointClaim& a, const EndpointClaim& b) {
  if (a.plan == b.plan || (!a.is_new && !b.is_new)) return false;
  const Address of_a(a.address), of_b(b.address);
  return of_a.ip == of_b.ip || of_a.is_wildcard() || of_b.is_wildcard();
}

EndpointClash ClashOf(const EndpointClaim& a, const EndpointClaim& b) {
  const std::string other =
      a.address == b.address ? "" : absl::StrCat(" (as ", b.address, ")");
  return {b.is_new ? b.plan : a.plan, b.is_new ? a.plan : b.plan,
          absl::StrCat("plans ", a.plan, " and ", b.plan, other, " both claim ",
                       a.address, " on host ", a.host,
                       ": give one of them another ",
                       absl::StartsWith(a.address, "unix:") ? "path" : "port",
                       " or other hosts")};
}

}  // namespace

std::vector<EndpointClash> FindEndpointClashes(
    std::vector<EndpointClaim> claims) {
  std::sort(claims.begin(), claims.end(),
            [](const EndpointClaim& a, const EndpointClaim& b) {
              return std::tie(a.host, a.address, a.plan) <
                     std::tie(b.host, b.address, b.plan);
            });
  std::vector<EndpointClash> clashes;
  std::set<std::pair<std::string, std::string>> told;
  // Those before, by host and key: few share both.
  std::map<std::pair<std::string, std::string>, std::vector<EndpointClaim>>
      before;
  for (const EndpointClaim& claim : claims) {
    auto& others = before[{claim.host, Address(claim.address).key}];
    for (const EndpointClaim& other : others) {
      if (!Clash(other, claim)) continue;
      if (told.insert(std::minmax(other.plan, claim.plan)).second) {
        clashes.push_back(ClashOf(other, claim));
      }
    }
    others.push_back(claim);
  }
  return clashes;
}

}  // namespace rollout::decide
