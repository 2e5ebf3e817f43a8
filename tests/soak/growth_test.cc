// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/growth.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::soak {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Growth, IsThatOfTheSecondHalf) {
  struct Case {
    const char* name;
    std::vector<double> values;
    double growth;
  };
  const Case kCases[] = {
      {"none", {}, 0},
      {"one", {7}, 0},
      {"steady", {5, 5, 5, 5, 5, 5}, 0},
      {"one more each time", {1, 2, 3, 4, 5, 6, 7, 8}, 3},
      {"filled at first", {1, 20, 50, 70, 70, 70, 70, 70}, 0},
      {"less", {9, 9, 9, 9, 9, 8, 7, 6}, -3},
      // Without a trend: the line is flat.
      {"up and down", {0, 0, 0, 0, 3, 5, 5, 3}, 0},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_NEAR(Growth(c.values), c.growth, 1e-9);
  }
}

TEST(Growth, IsComplainedOfWhereItIsTooMuch) {
  const std::vector<double> growing = {1, 2, 3, 4, 5, 6, 7, 8};
  EXPECT_THAT(
      Complaints({{"files", growing, 2},
                  {"threads", growing, 4},
                  {"log", growing, std::numeric_limits<double>::infinity()}}),
      ElementsAre(HasSubstr("files: grew by 3.0")));
  EXPECT_THAT(Complaints({}), IsEmpty());
}

}  // namespace
}  // namespace rollout::soak
