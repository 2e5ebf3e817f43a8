// SPDX-License-Identifier: Apache-2.0
//
// The soak, as short as it may be and still see what every swap loses.

#include "tests/soak/soak.h"

#include <iostream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::soak {
namespace {

using ::testing::IsEmpty;

TEST(Soak, FortySwapsLeaveNothingBehind) {
  auto result = Soak({"nginx", 40});
  ASSERT_TRUE(result.ok()) << result.status();
  std::cout << Table(result->series);
  EXPECT_THAT(Complaints(*result), IsEmpty());
}

}  // namespace
}  // namespace rollout::soak
