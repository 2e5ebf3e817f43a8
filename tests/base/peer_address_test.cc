// SPDX-License-Identifier: Apache-2.0

#include "base/peer_address.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(PeerAddress, IsReadable) {
  struct Case {
    std::string peer;
    std::string address;
  };
  const Case kCases[] = {
      {"ipv4:10.0.0.7:51234", "10.0.0.7:51234"},
      {"ipv6:%5B2001:db8::7%5D:51234", "[2001:db8::7]:51234"},
      {"ipv6:[::1]:51234", "[::1]:51234"},
      {"ipv6:%5bfe80::1%25eth0%5d:51234", "[fe80::1%eth0]:51234"},
      {"ipv6:%5B::1%5D:80%5", "[::1]:80%5"},
      {"ipv6:%zz", "%zz"},
      {"unix:/run/a%5Bb", "unix:/run/a%5Bb"},
      {"unknown", "unknown"},
      {"", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.peer);
    EXPECT_EQ(PeerAddress(c.peer), c.address);
  }
}

}  // namespace
}  // namespace rollout
