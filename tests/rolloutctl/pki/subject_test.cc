// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/pki/subject.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::pki {
namespace {

using ::testing::HasSubstr;

TEST(Subject, BecomesUriAndAlternativeNames) {
  struct Case {
    const char* name;
    Role role;
    std::string subject;
    std::vector<std::string> addresses;
    std::string alternative_names;
  };
  const Case kCases[] = {
      {"a host is its URI",
       Role::kHost,
       "web-1",
       {},
       "URI:rollout://host/web-1"},
      {"an operator may be a mail address",
       Role::kOperator,
       "ann@example.com",
       {},
       "URI:rollout://operator/ann@example.com"},
      {"a controller is always found on loopback",
       Role::kController,
       "main",
       {},
       "URI:rollout://controller/main,DNS:localhost,IP:127.0.0.1,IP:::1"},
      {"names and addresses are told apart, and each stands once",
       Role::kController,
       "main",
       {"192.0.2.1", "2001:db8::1", "c.example", "localhost"},
       "URI:rollout://controller/main,DNS:localhost,IP:127.0.0.1,IP:::1,"
       "IP:192.0.2.1,IP:2001:db8::1,DNS:c.example"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto subject = Subject::Make(c.role, c.subject, c.addresses);
    ASSERT_TRUE(subject.ok()) << subject.status();
    EXPECT_EQ(subject->AlternativeNames(), c.alternative_names);
  }
}

TEST(Subject, RefusesWhatCouldMeanSomethingElse) {
  struct Case {
    const char* name;
    Role role;
    std::string subject;
    std::vector<std::string> addresses;
    std::string message;
  };
  const Case kCases[] = {
      {"no name", Role::kHost, "", {}, "1 to 63 letters"},
      {"a name too long", Role::kHost, std::string(64, 'a'), {}, "1 to 63"},
      {"a path", Role::kHost, "../web", {}, "\"../web\" can't be a name"},
      {"a second name", Role::kHost, "a,URI:x", {}, "can't be a name"},
      {"a hidden file", Role::kHost, ".web", {}, "the first a letter"},
      {"the authority's files",
       Role::kHost,
       "ca",
       {},
       "kept for the authority"},
      {"a host with an address",
       Role::kHost,
       "web",
       {"::1"},
       "leave --address"},
      {"an address with a port",
       Role::kController,
       "c",
       {"c:80"},
       "without port"},
      {"an address in brackets", Role::kController, "c", {"[::1]"}, "brackets"},
      {"a second address", Role::kController, "c", {"a,DNS:b"}, "\"a,DNS:b\""},
      {"no address", Role::kController, "c", {""}, "can't be an address"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    auto subject = Subject::Make(c.role, c.subject, c.addresses);
    EXPECT_EQ(subject.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(subject.status().message(), HasSubstr(c.message));
  }
}

TEST(ParseRole, KnowsThreeRoles) {
  EXPECT_EQ(*ParseRole("controller"), Role::kController);
  EXPECT_EQ(*ParseRole("host"), Role::kHost);
  EXPECT_EQ(*ParseRole("operator"), Role::kOperator);
  EXPECT_THAT(ParseRole("agent").status().message(),
              HasSubstr("there are: controller, host, operator"));
}

}  // namespace
}  // namespace rollout::pki
