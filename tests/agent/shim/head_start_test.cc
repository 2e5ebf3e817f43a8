// SPDX-License-Identifier: Apache-2.0
//
// A generation runs before others while it starts, and like any other then.

#include <sys/resource.h>

#include <string>

#include "gtest/gtest.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

class HeadStartTest : public ShimTest {
 protected:
  // What it ran at is in the file "nice".
  v1::StartRequest Quick() {
    return Request(
        1, {"/bin/sh", "-c", "nice >" + directory_ + "/nice; exec sleep 1000"});
  }
  bool RunsAsUsual() {
    const int main = static_cast<int>(State(1).pid());
    return Eventually([main] { return getpriority(PRIO_PROCESS, main) == 0; });
  }
};

TEST_F(HeadStartTest, EndsWhenItTakesLong) {
  ASSERT_TRUE(Start(Quick()).ok());
  EXPECT_TRUE(RunsAsUsual());
}

TEST_F(HeadStartTest, EndsWithItsFirstClients) {
  ASSERT_TRUE(Start(HttpServer(1)).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_EQ(getpriority(PRIO_PROCESS, State(1).pid()), 0);
}

TEST_F(HeadStartTest, EndsInTheShimThatGoesOn) {
  ASSERT_TRUE(Start(Quick()).ok());
  LoseShim();
  EXPECT_TRUE(RunsAsUsual());
}

TEST_F(HeadStartTest, LeavesWhatTheProgramHasChosen) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
os.setpriority(os.PRIO_PROCESS, 0, 3)
serve(listener())
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_EQ(getpriority(PRIO_PROCESS, State(1).pid()), 3);
}

}  // namespace
}  // namespace rollout::shim
