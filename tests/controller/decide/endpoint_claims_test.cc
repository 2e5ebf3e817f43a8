// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/endpoint_claims.h"

#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::decide {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(CheckEndpointClaims, RefusesOneAddressForTwoPlansOnOneHost) {
  struct Case {
    const char* name;
    std::vector<EndpointClaim> claims;
    bool clash;
  };
  const Case kCases[] = {
      {"no claims", {}, false},
      {"the same",
       {{"web", "a", "127.0.1.1:80"}, {"api", "a", "127.0.1.1:80"}},
       true},
      {"another port",
       {{"web", "a", "127.0.1.1:80"}, {"api", "a", "127.0.1.1:81"}},
       false},
      {"another address of the host",
       {{"web", "a", "127.0.1.1:80"}, {"api", "a", "127.0.1.2:80"}},
       false},
      {"another host",
       {{"web", "a", "127.0.1.1:80"}, {"api", "b", "127.0.1.1:80"}},
       false},
      {"one plan twice",
       {{"web", "a", "127.0.1.1:80"}, {"web", "a", "127.0.1.1:80"}},
       false},
      {"a new one and one that is there",
       {{"web", "a", "127.0.1.1:80", true},
        {"api", "a", "127.0.1.1:80", false}},
       true},
      {"two that are there already",
       {{"web", "a", "127.0.1.1:80", false},
        {"api", "a", "127.0.1.1:80", false},
        {"new", "a", "127.0.1.1:81", true}},
       false},
      {"a wildcard takes every address",
       {{"web", "a", "0.0.0.0:80"}, {"api", "a", "127.0.1.1:80"}},
       true},
      {"so does that of IPv6",
       {{"web", "a", "127.0.1.1:80"}, {"api", "a", "[::]:80"}},
       true},
      {"IPv6 beside IPv4",
       {{"web", "a", "[::1]:80"}, {"api", "a", "127.0.0.1:80"}},
       false},
      {"UDP beside TCP",
       {{"web", "a", "127.0.0.1:53"}, {"api", "a", "udp:127.0.0.1:53"}},
       false},
      {"the same of UDP",
       {{"web", "a", "udp:127.0.0.1:53"}, {"api", "a", "udp:127.0.0.1:53"}},
       true},
      {"a wildcard of UDP",
       {{"web", "a", "udp:127.0.0.1:53"}, {"api", "a", "udp:[::]:53"}},
       true},
      {"the same path",
       {{"web", "a", "unix:/run/a"}, {"api", "a", "unix:/run/a"}},
       true},
      {"another path",
       {{"web", "a", "unix:/run/a"}, {"api", "a", "unix:/run/b"}},
       false},
      {"a path like a port",
       {{"web", "a", "unix:/run/a:80"}, {"api", "a", "0.0.0.0:80"}},
       false},
      {"a long port is no short one",
       {{"web", "a", "127.0.0.1:80"}, {"api", "a", "127.0.0.1:8080"}},
       false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    absl::Status status = CheckEndpointClaims(c.claims);
    EXPECT_EQ(absl::IsFailedPrecondition(status), c.clash) << status;
    std::vector<EndpointClaim> reversed(c.claims.rbegin(), c.claims.rend());
    EXPECT_EQ(CheckEndpointClaims(reversed), status);
  }
}

TEST(CheckEndpointClaims, NamesPlansHostAndAddress) {
  absl::Status status = CheckEndpointClaims(
      {{"web", "edge1", "10.0.0.1:443"}, {"api", "edge1", "10.0.0.1:443"}});
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("api and web"), HasSubstr("edge1"),
                    HasSubstr("10.0.0.1:443"), HasSubstr("another port")));
}

}  // namespace
}  // namespace rollout::decide
