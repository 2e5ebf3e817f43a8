// SPDX-License-Identifier: Apache-2.0

#include "base/endpoint_address.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::HasSubstr;

TEST(EndpointAddress, ReadsAndWritesWhatPeopleWrite) {
  struct Case {
    const char* text;
    Transport transport;
    const char* ip;
    const char* directory;
    const char* file_name;
  };
  const Case kCases[] = {
      {"127.0.0.1:80", Transport::kTcp, "127.0.0.1:80", "", ""},
      {"[::]:443", Transport::kTcp, "[::]:443", "", ""},
      {"udp:10.1.2.3:53", Transport::kUdp, "10.1.2.3:53", "", ""},
      {"udp:[::1]:53", Transport::kUdp, "[::1]:53", "", ""},
      {"unix:/run/app/app.sock", Transport::kUnix, "", "/run/app", "app.sock"},
      {"unix:/app.sock", Transport::kUnix, "", "/", "app.sock"},
      {"unix:/run/..a/.b", Transport::kUnix, "", "/run/..a", ".b"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto address = EndpointAddress::Parse(c.text);
    ASSERT_TRUE(address.ok()) << address.status();
    EXPECT_EQ(address->transport(), c.transport);
    EXPECT_EQ(address->ip() ? address->ip()->ToString() : "", c.ip);
    if (address->transport() == Transport::kUnix) {
      EXPECT_EQ(address->directory(), c.directory);
      EXPECT_EQ(address->file_name(), c.file_name);
    }
    EXPECT_EQ(address->ToString(), c.text);
    EXPECT_EQ(*EndpointAddress::Parse(c.text), *address);
    EXPECT_NE(*EndpointAddress::Parse("127.0.0.1:81"), *address);
  }
  EXPECT_NE(*EndpointAddress::Parse("127.0.0.1:80"),
            *EndpointAddress::Parse("udp:127.0.0.1:80"));
}

TEST(EndpointAddress, RefusesWhatIsNone) {
  struct Case {
    std::string text;
    const char* why;
  };
  const Case kCases[] = {
      {"", "no port"},
      {"udp:", "no port"},
      {"udp:localhost:53", "not an IP address"},
      {"tcp:127.0.0.1:80", "not an IP address"},
      {"unix:", "not absolute"},
      {"unix:run/app.sock", "not absolute"},
      {"unix:@app", "abstract"},
      {"unix:/", "empty part"},
      {"unix:/run//app.sock", "empty part"},
      {"unix:/run/app/", "empty part"},
      {"unix:/run/../app.sock", "\"..\""},
      {"unix:/run/./app.sock", "\".\""},
      {std::string("unix:/run/a\0b", 13), "NUL"},
      {absl::StrCat("unix:/", std::string(90, 'a')), "longer than 90 bytes"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    auto address = EndpointAddress::Parse(c.text);
    ASSERT_FALSE(address.ok());
    EXPECT_THAT(std::string(address.status().message()), HasSubstr(c.why));
  }
}

}  // namespace
}  // namespace rollout
