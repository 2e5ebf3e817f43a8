// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/repository_url.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Transport = RepositoryUrl::Transport;

TEST(ParseRepositoryUrl, KnowsWhereAndWho) {
  struct Case {
    const char* url;
    Transport transport;
    const char* address;
    const char* user;
  } cases[] = {
      {"file:///srv/plans.git", Transport::kFile, "file:///srv/plans.git", ""},
      {"https://forge.example/plans", Transport::kHttp,
       "https://forge.example/plans", ""},
      {"http://bot@forge.example:8080/a/b.git", Transport::kHttp,
       "http://forge.example:8080/a/b.git", "bot"},
      {"ssh://forge.example/plans", Transport::kSsh,
       "ssh://forge.example/plans", ""},
      {"ssh://bot@[::1]:2222/plans", Transport::kSsh,
       "ssh://bot@[::1]:2222/plans", "bot"},
      {"git@forge.example:plans.git", Transport::kSsh,
       "git@forge.example:plans.git", "git"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.url);
    auto url = ParseRepositoryUrl(one.url);
    ASSERT_TRUE(url.ok()) << url.status();
    EXPECT_EQ(url->transport, one.transport);
    EXPECT_EQ(url->address, one.address);
    EXPECT_EQ(url->user, one.user);
  }
}

TEST(ParseRepositoryUrl, RefusesTheRest) {
  for (const char* url :
       {"", "plans", "/srv/plans.git", "file://srv/plans", "file:///",
        "https://", "https:///plans", "https://forge.example",
        "https://forge.example/", "git://forge.example/plans", "ftp://x/y",
        "forge.example:plans", "@forge:plans", "git@forge:", "a/b@c:d",
        "https://forge.example/a b", "https://forge.example/a\nb"}) {
    SCOPED_TRACE(url);
    EXPECT_THAT(std::string(ParseRepositoryUrl(url).status().message()),
                HasSubstr("no address of a repository: write https://"));
  }
}

TEST(ParseRepositoryUrl, ShowsNoPassword) {
  for (const char* url :
       {"https://me:hush@forge.example/plans", "ssh://me:hush@forge/plans",
        "http://:hush@forge/plans", "git://me:hush@forge/plans"}) {
    SCOPED_TRACE(url);
    absl::Status status = ParseRepositoryUrl(url).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hush")));
  }
}

}  // namespace
}  // namespace rollout::gitops
