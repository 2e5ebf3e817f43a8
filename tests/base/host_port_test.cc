// SPDX-License-Identifier: Apache-2.0

#include "base/host_port.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(ParseHostPort, ReadsWhatPeopleWrite) {
  struct Case {
    const char* text;
    const char* host;
    int port;
  };
  const Case kCases[] = {
      {"127.0.0.1:80", "127.0.0.1", 80},
      {"[::1]:65535", "::1", 65535},
      {"controller.example:0", "controller.example", 0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto address = ParseHostPort(c.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->host, c.host);
    EXPECT_EQ(address->port, c.port);
    EXPECT_EQ(ToString(*address), c.text);
  }
}

TEST(ParseHostPort, SaysWhichPartIsWrong) {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case kCases[] = {
      {"localhost", "the port is missing"},
      {"localhost:", "the port is not a number"},
      {"localhost:65536", "the port is not a number"},
      {"localhost:+5", "the port is not a number"},
      {"localhost:http", "the port is not a number"},
      {":80", "the host is not a name or address"},
      {"a b:80", "the host is not a name or address"},
      {"::1:80", "IPv6 needs brackets"},
      {"[web]:80", "no IPv6 address in the brackets"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto address = ParseHostPort(c.text);
    EXPECT_EQ(address.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(address.status().message()),
                testing::HasSubstr(c.error));
  }
}

TEST(IsLoopback, IsTrueForThisMachineAlone) {
  EXPECT_TRUE(IsLoopback("127.0.0.1"));
  EXPECT_TRUE(IsLoopback("127.0.1.3"));
  EXPECT_TRUE(IsLoopback("::1"));
  EXPECT_TRUE(IsLoopback("localhost"));
  EXPECT_FALSE(IsLoopback("0.0.0.0"));
  EXPECT_FALSE(IsLoopback("::"));
  EXPECT_FALSE(IsLoopback("10.0.0.1"));
  EXPECT_FALSE(IsLoopback("example.com"));
}

}  // namespace
}  // namespace rollout
