// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/fleet_room.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::reconcile {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FleetRoom, APlanSeesWhatTheOthersHave) {
  FleetRoom room(5);
  room.Begin("a", 2);
  EXPECT_THAT(room.Take("b", 1), IsEmpty());
  EXPECT_EQ(room.ViewOf("a").in_change_elsewhere, 1);
  EXPECT_EQ(room.ViewOf("b").in_change_elsewhere, 2);
  EXPECT_EQ(room.ViewOf("c").in_change_elsewhere, 3);
  EXPECT_EQ(room.ViewOf("c").room(), 2);
}

// Of 3: a has 2, b 1, and both would take more.
TEST(FleetRoom, WhoGivesSomeBackWakesWhoWaits) {
  FleetRoom room(3);
  EXPECT_THAT(room.Take("a", 2), IsEmpty());
  EXPECT_THAT(room.Take("b", 1), IsEmpty());
  EXPECT_THAT(room.Take("c", 0), IsEmpty());
  EXPECT_THAT(room.Take("a", 1), ElementsAre("b", "c"));
  EXPECT_THAT(room.Take("b", 2), IsEmpty()) << "it takes, and gives nothing";
  EXPECT_THAT(room.Take("b", 1), ElementsAre("c"))
      << "neither itself nor a, for whom there was room";
}

// After a restart all hosts count as in change until they are heard of: with 8
// of 5 each that comes back leaves no room yet.
TEST(FleetRoom, WhileThereIsNoneNobodyIsWoken) {
  FleetRoom room(5);
  room.Begin("a", 4);
  room.Begin("b", 4);
  EXPECT_THAT(room.Take("a", 4), IsEmpty());
  EXPECT_THAT(room.Take("b", 3), IsEmpty());
  EXPECT_THAT(room.Take("b", 1), IsEmpty());
  EXPECT_THAT(room.Take("b", 0), ElementsAre("a"));
}

TEST(FleetRoom, WithoutALimitNobodyWaits) {
  FleetRoom room(std::numeric_limits<int>::max());
  EXPECT_THAT(room.Take("a", 10'000), IsEmpty());
  EXPECT_THAT(room.Take("b", 10'000), IsEmpty());
  EXPECT_THAT(room.Take("a", 0), IsEmpty());
}

}  // namespace
}  // namespace rollout::reconcile
