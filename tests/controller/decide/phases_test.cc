// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/phases.h"

#include <string>

#include "gtest/gtest.h"

namespace rollout::decide {
namespace {

constexpr Phase kAll[] = {Phase::kProgressing, Phase::kRollingBack,
                          Phase::kComplete,    Phase::kRolledBack,
                          Phase::kAborted,     Phase::kFailed,
                          Phase::kSuperseded};

// Row: from; column: to; in the order of kAll.
constexpr char kTable[][8] = {
    ".xx..xx",  // kProgressing
    "...xxxx",  // kRollingBack
    ".......",  // kComplete
    ".......",  // kRolledBack
    ".......",  // kAborted
    ".......",  // kFailed
    ".......",  // kSuperseded
};

TEST(Phases, FollowEachOtherAsThePictureSays) {
  for (int from = 0; from < 7; ++from) {
    for (int to = 0; to < 7; ++to) {
      EXPECT_EQ(MayFollow(kAll[from], kAll[to]), kTable[from][to] == 'x')
          << from << " to " << to;
    }
    EXPECT_EQ(IsOver(kAll[from]), std::string(kTable[from]) == ".......");
  }
}

}  // namespace
}  // namespace rollout::decide
