// SPDX-License-Identifier: Apache-2.0
//
// A generation's session runs before others while it starts, and like any other
// then.

#include "gtest/gtest.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

class HeadStartTest : public ShimTest {
 protected:
  v1::StartRequest Sleeper() { return Request(1, {"/bin/sleep", "1000"}); }
};

TEST_F(HeadStartTest, EndsWhenItTakesLong) {
  ASSERT_TRUE(Start(Sleeper()).ok());
  EXPECT_TRUE(Eventually([this] { return RunsAsUsual(1); }));
}

TEST_F(HeadStartTest, EndsWithItsFirstClients) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_TRUE(RunsAsUsual(1));
}

TEST_F(HeadStartTest, EndsInTheShimThatGoesOn) {
  ASSERT_TRUE(Start(Sleeper()).ok());
  LoseShim();
  EXPECT_TRUE(Eventually([this] { return RunsAsUsual(1); }));
}

}  // namespace
}  // namespace rollout::shim
