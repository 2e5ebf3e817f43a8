// SPDX-License-Identifier: Apache-2.0
//
// Requests made up, and what is to be said of them.

#include "tests/bench/peers/side_figures.h"

#include "gtest/gtest.h"

namespace rollout::bench {
namespace {

constexpr char kOld[] = "version 1";
constexpr char kNew[] = "version 2";

absl::Time At(int milliseconds) {
  return absl::UnixEpoch() + absl::Milliseconds(milliseconds);
}

SeenRequest Request(int start, int end, const char* answer) {
  return {At(start), At(end), answer};
}

// The command at 100, the old one's end at 200.
const Change kChange{At(100), At(200), kNew};

absl::Duration SwitchTimeOf(const std::vector<SeenRequest>& requests) {
  auto figures = Compare(requests, load::LoadResult(), {kChange});
  EXPECT_TRUE(figures.ok()) << figures.status();
  return figures.ok() ? figures->switch_time.median() : absl::ZeroDuration();
}

TEST(SideFigures, SwitchIsOverWhenNobodyElseAnswers) {
  struct Case {
    const char* name;
    std::vector<SeenRequest> requests;
    int milliseconds;
  };
  for (const Case& c : {
           Case{"old and new by turns: the beginning of the last old one",
                {Request(110, 115, kOld), Request(120, 125, kNew),
                 Request(130, 180, kOld), Request(140, 145, kNew)},
                30},
           Case{"a failure is nobody's answer",
                {Request(120, 125, kNew), Request(150, 151, ""),
                 Request(160, 165, kNew)},
                50},
           Case{"all wait for the new one: its first answer",
                {Request(105, 170, kNew), Request(110, 171, kNew)},
                70},
           Case{"what was asked before the command does not count",
                {Request(99, 190, kOld), Request(110, 112, kNew)},
                12},
       }) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(SwitchTimeOf(c.requests), absl::Milliseconds(c.milliseconds));
  }
}

TEST(SideFigures, EachSwapHasItsOwnRequests) {
  const Change second{At(1100), At(1200), "version 3"};
  auto figures = Compare({Request(120, 125, kNew), Request(1110, 1112, kNew),
                          Request(1120, 1125, "version 3")},
                         load::LoadResult(), {kChange, second});
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->switch_time.count(), 2u);
  EXPECT_EQ(figures->switch_time.Quantile(0), absl::Milliseconds(25));
  EXPECT_EQ(figures->switch_time.Quantile(1), absl::Milliseconds(25));
}

TEST(SideFigures, RequestsOverlapASwapUntilTheOldOneIsGone) {
  auto figures = Compare(
      {Request(10, 99, kOld), Request(99, 101, kOld), Request(120, 125, kNew),
       Request(199, 300, kNew), Request(201, 202, kNew)},
      load::LoadResult(), {kChange});
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->overlapping.count(), 3u);
  EXPECT_EQ(figures->others.count(), 2u);
  EXPECT_EQ(figures->overlapping.Quantile(1), absl::Milliseconds(101));
}

TEST(SideFigures, CountsFailures) {
  load::LoadResult kept;
  const load::Answer failed{load::Outcome::kReset, "", ""};
  kept.Add({At(1), At(2), load::Outcome::kReset, /*reused=*/false}, failed);
  kept.Add({At(1), At(2), load::Outcome::kReset, /*reused=*/true}, failed);
  kept.Add({At(1), At(2), load::Outcome::kOk, /*reused=*/true}, {});
  auto figures = Compare(
      {Request(120, 125, kNew), Request(130, 131, ""), Request(140, 145, kNew)},
      kept, {kChange});
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->requests, 4);
  EXPECT_EQ(figures->failed, 2);
  EXPECT_EQ(figures->kept_requests, 2);
  EXPECT_EQ(figures->kept_failed, 1);
  EXPECT_DOUBLE_EQ(figures->FailedPerTenThousand(), 5000);
  EXPECT_EQ(figures->overlapping.count() + figures->others.count(), 2u);
}

TEST(SideFigures, AVersionThatNobodySawIsNoSwap) {
  EXPECT_EQ(Compare({Request(120, 125, kOld)}, load::LoadResult(), {kChange})
                .status()
                .code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace rollout::bench
