// SPDX-License-Identifier: Apache-2.0

#include "base/closest_name.h"

#include "gtest/gtest.h"

namespace rollout {
namespace {

TEST(ClosestName, FindsWhatWasMeant) {
  const std::vector<std::string> kNames = {"maxSurge", "keepWarm", "url",
                                           "hostDeadline"};
  struct Case {
    const char* written;
    const char* meant;
  };
  const Case kCases[] = {
      {"maxsurge", "maxSurge"},
      {"max_surge", "maxSurge"},
      {"max-surge", "maxSurge"},
      {"maxSrge", "maxSurge"},
      {"hostDedline", "hostDeadline"},
      {"uri", "url"},
      {"xyz", ""},
      {"", ""},
      {"ab", ""},
      {"somethingElse", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.written);
    EXPECT_EQ(ClosestName(c.written, kNames), c.meant);
  }
}

}  // namespace
}  // namespace rollout
