// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/endpoint_claims.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::decide {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(FindEndpointClashes, RefusesOneAddressForTwoPlansOnOneHost) {
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
    const std::vector<EndpointClash> clashes = FindEndpointClashes(c.claims);
    EXPECT_EQ(clashes.size(), c.clash ? 1 : 0);
    const std::vector<EndpointClash> reversed =
        FindEndpointClashes({c.claims.rbegin(), c.claims.rend()});
    ASSERT_EQ(reversed.size(), clashes.size());
    if (!c.clash) continue;
    EXPECT_EQ(reversed[0].message, clashes[0].message);
  }
}

TEST(FindEndpointClashes, NamesPlansHostAndAddress) {
  const std::vector<EndpointClash> clashes = FindEndpointClashes(
      {{"web", "edge1", "10.0.0.1:443"}, {"api", "edge1", "10.0.0.1:443"}});
  ASSERT_EQ(clashes.size(), 1);
  EXPECT_THAT(clashes[0].message,
              AllOf(HasSubstr("api and web"), HasSubstr("edge1"),
                    HasSubstr("10.0.0.1:443"), HasSubstr("another port")));
}

TEST(FindEndpointClashes, TellsEachPairOfPlansOnceAndOfTheNewOne) {
  std::vector<EndpointClaim> claims;
  for (const char* host : {"a", "b", "c"}) {
    claims.push_back({"web", host, "10.0.0.1:443", false});
    claims.push_back({"new", host, "10.0.0.1:443", true});
    claims.push_back({"api", host, "10.0.0.1:443", false});
  }
  const std::vector<EndpointClash> clashes = FindEndpointClashes(claims);
  ASSERT_EQ(clashes.size(), 2);
  for (const EndpointClash& clash : clashes) EXPECT_EQ(clash.plan, "new");
  EXPECT_EQ(clashes[0].other, "api");
  EXPECT_EQ(clashes[1].other, "web");
}

}  // namespace
}  // namespace rollout::decide
