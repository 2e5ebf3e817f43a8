// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/duration_text.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;

TEST(ParseDuration, KnowsDays) {
  struct Case {
    const char* text;
    absl::Duration duration;
  };
  const Case kCases[] = {
      {"30d", absl::Hours(720)},
      {"1d12h", absl::Hours(36)},
      {"1m30s", absl::Seconds(90)},
      {"1.5s", absl::Milliseconds(1500)},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(*ParseDuration("--valid", c.text), c.duration);
  }
}

TEST(ParseDuration, NamesTheFlagOfWhatIsNone) {
  for (const char* text :
       {"", "5", "0s", "-5s", "-1d", "d", "1d-30h", "soon", "inf", "999999d"}) {
    SCOPED_TRACE(text);
    auto duration = ParseDuration("--valid", text);
    EXPECT_EQ(duration.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(duration.status().message(),
                HasSubstr(std::string("--valid: \"") + text + "\" is not a"));
  }
}

TEST(ParseTimeout, IsInfiniteWhenNotGiven) {
  EXPECT_EQ(*ParseTimeout(""), absl::InfiniteDuration());
  EXPECT_EQ(*ParseTimeout("5m"), absl::Minutes(5));
}

}  // namespace
}  // namespace rollout::ctl
