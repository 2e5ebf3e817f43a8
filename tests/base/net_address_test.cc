// SPDX-License-Identifier: Apache-2.0

#include "base/net_address.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

TEST(NetAddress, ReadsAndWritesWhatPeopleWrite) {
  struct Case {
    const char* text;
    int family;
    int port;
    bool wildcard;
  };
  const Case kCases[] = {
      {"127.0.0.1:80", AF_INET, 80, false},
      {"0.0.0.0:65535", AF_INET, 65535, true},
      {"10.1.2.3:0", AF_INET, 0, false},
      {"[::1]:80", AF_INET6, 80, false},
      {"[::]:443", AF_INET6, 443, true},
      {"[2001:db8::5]:8080", AF_INET6, 8080, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto address = NetAddress::Parse(c.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->family(), c.family);
    EXPECT_EQ(address->port(), c.port);
    EXPECT_EQ(address->is_wildcard(), c.wildcard);
    EXPECT_EQ(address->ToString(), c.text);
    auto again = NetAddress::FromSockaddr(address->sockaddr_ptr(),
                                          address->sockaddr_size());
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, *address);
    EXPECT_NE(again->WithPort(c.port ^ 1), *address);
  }
}

TEST(NetAddress, RefusesWhatIsNone) {
  struct Case {
    std::string text;
    const char* why;
  };
  const Case kCases[] = {
      {"", "no port"},
      {"127.0.0.1", "no port"},
      {"127.0.0.1:", "the port is not a number"},
      {"127.0.0.1:65536", "the port is not a number"},
      {"127.0.0.1:-1", "the port is not a number"},
      {"127.0.0.1:+1", "the port is not a number"},
      {"localhost:80", "not an IP address"},
      {"::1:80", "not an IP address"},
      {"[::1:80", "not an IP address"},
      {"[127.0.0.1]:80", "not an IPv6 address"},
      {"[127.0.0.1:80", "not an IP address"},
      {"127.0.0.1]:80", "not an IP address"},
      {"[]:80", "not an IPv6 address"},
      {"127.0.0.1: 80", "the port is not a number"},
      {"127.0.0.1:80\n", "the port is not a number"},
      {std::string("127.0.0.1\0.evil:80", 18), "not an IP address"},
      {std::string("[::1\0]:80", 9), "not an IP address"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto address = NetAddress::Parse(c.text);
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(address.status().message(), HasSubstr(c.why));
    EXPECT_THAT(address.status().message(), HasSubstr("write it like"));
  }
}

TEST(NetAddress, RefusesOtherFamiliesAndShortAddresses) {
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(NetAddress::FromSockaddr(&other, sizeof other).ok());
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  EXPECT_FALSE(NetAddress::FromSockaddr(&v4, sizeof v4 - 1).ok());
  EXPECT_FALSE(NetAddress::FromSockaddr(&v4, 1).ok());
}

}  // namespace
}  // namespace rollout
