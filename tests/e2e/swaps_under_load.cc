// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/swaps_under_load.h"

#include <iostream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/continuity.h"

namespace rollout::e2e {
namespace {

using ::testing::IsEmpty;

constexpr absl::Duration kRolloutLimit = absl::Seconds(60);

}  // namespace

void RollOut(const Operator& operate, const std::string& manifest) {
  absl::Status applied = operate.Apply(manifest);
  ASSERT_TRUE(applied.ok()) << applied;
  auto end = operate.Follow("web", kRolloutLimit);
  ASSERT_TRUE(end.ok()) << end.status();
  ASSERT_EQ(*end, End::kDone);
}

void ExpectContinuity(const std::string& title, const load::LoadResult& load,
                      const Operator& operate, int swaps) {
  auto ended = AwaitSwaps(operate, "web", swaps);
  ASSERT_TRUE(ended.ok()) << ended.status();
  const LoadedSwaps loaded{*ended, kMinReady};
  std::cout << title << "\n" << SwapTable(load, loaded);
  EXPECT_THAT(Complaints(load, loaded), IsEmpty()) << load.ToJson();
  EXPECT_EQ(load.bodies().size(), static_cast<size_t>(swaps) + 1)
      << "not every version has answered: " << load.ToJson();
}

}  // namespace rollout::e2e
