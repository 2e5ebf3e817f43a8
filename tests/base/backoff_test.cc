// SPDX-License-Identifier: Apache-2.0

#include "base/backoff.h"

#include <random>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

constexpr absl::Duration kFirst = absl::Milliseconds(200);

TEST(Backoff, DoublesUpToTheLimitAndBeginsAnew) {
  std::mt19937 random(1);
  Backoff backoff(kFirst, absl::Seconds(1));
  for (int round = 0; round < 2; ++round) {
    for (absl::Duration step :
         {kFirst, 2 * kFirst, 4 * kFirst, absl::Seconds(1), absl::Seconds(1)}) {
      const absl::Duration wait = backoff.Next(random);
      EXPECT_GE(wait, step / 2);
      EXPECT_LE(wait, step);
    }
    backoff.Reset();
  }
}

// A thousand that are sent away at once come back over all of the spread: in
// each tenth of it some 100 of them.
TEST(Backoff, SpreadsThoseWhoComeBack) {
  std::mt19937 random(1);
  const absl::Duration spread = absl::Seconds(30);
  int tenths[11] = {};
  for (int i = 0; i < 1000; ++i) {
    Backoff backoff(kFirst, absl::Seconds(15));
    backoff.SetSpread(spread);
    const absl::Duration wait = backoff.Next(random);
    ASSERT_LE(wait, kFirst + spread);
    ++tenths[static_cast<int>(absl::FDivDuration(wait, spread / 10))];
  }
  for (int i = 0; i < 10; ++i) EXPECT_GT(tenths[i], 50) << i;
}

}  // namespace
}  // namespace rollout
