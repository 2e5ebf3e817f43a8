// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/error_budget.h"

#include <algorithm>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace rollout::agent {
namespace {

TEST(ErrorBudget, IsSpentWhenMoreFailThanMay) {
  struct Case {
    const char* name;
    size_t failures;
    std::vector<int> failed;  // seconds
    int now;
    bool spent;
  };
  const Case kCases[] = {
      {"nothing failed", 5, {}, 0, false},
      {"as many as may", 5, {1, 2, 3, 4, 5}, 5, false},
      {"one more", 5, {1, 2, 3, 4, 5, 6}, 6, true},
      {"it flaps", 5, {5, 10, 15, 20, 25, 30}, 30, true},
      {"in a row or not is one", 2, {7, 7, 7}, 7, true},
      {"the first is just within the window", 2, {1, 2, 60}, 60, true},
      {"the first has left it", 2, {1, 2, 61}, 61, false},
      {"seldom enough", 2, {1, 31, 61, 91, 121}, 121, false},
      {"the window passes", 2, {1, 2, 3}, 61, false},
      {"then they are counted anew", 2, {1, 2, 3, 100, 101}, 101, false},
      {"none may", 0, {1}, 1, true},
      {"none may, long ago", 0, {1}, 61, false},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    ErrorBudget budget(c.failures, absl::Seconds(60));
    for (int second : c.failed) budget.AddFailure(absl::Seconds(second));
    EXPECT_EQ(budget.IsSpent(absl::Seconds(c.now)), c.spent);
  }
}

// What is remembered is bounded; what it says is what all failures say.
TEST(ErrorBudget, SaysWhatCountingAllOfThemSays) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const size_t may_fail = random() % 6;
    const int window = 1 + static_cast<int>(random() % 30);
    ErrorBudget budget(may_fail, absl::Seconds(window));
    std::vector<int> failed;
    int now = 0;
    for (int step = 0; step < 200; ++step) {
      now += static_cast<int>(random() % 5);
      if (random() % 2 == 0) {
        budget.AddFailure(absl::Seconds(now));
        failed.push_back(now);
      }
      const auto within =
          std::count_if(failed.begin(), failed.end(),
                        [&](int second) { return now - second < window; });
      ASSERT_EQ(budget.IsSpent(absl::Seconds(now)),
                static_cast<size_t>(within) > may_fail)
          << "round " << round << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace rollout::agent
