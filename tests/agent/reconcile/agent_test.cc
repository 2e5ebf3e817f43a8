// SPDX-License-Identifier: Apache-2.0
//
// What an agent does with assignments, and over restarts.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/reconcile/agent_fixture.h"

namespace rollout::agent {
namespace {

TEST_F(AgentTest, SwapsStepByStep) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  controller_.Send(MakeAssignment(3, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  controller_.Send(MakeAssignment(4, {{"R1", 1000}}));
  ExpectHost("2 R1 SERVING 1000");
  ASSERT_TRUE(controller_.WaitForReport("web/2"));
  v1::SwapReport report = controller_.reports()["web/2"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWAPPED);
  EXPECT_EQ(report.old_revision(), "R0");
  EXPECT_EQ(report.new_revision(), "R1");
  EXPECT_TRUE(report.timings().has_startup());
  EXPECT_TRUE(report.timings().has_switchover());
  EXPECT_TRUE(report.timings().has_total());
  EXPECT_TRUE(report.final());
}

TEST_F(AgentTest, SwapsWhileTheWallClockIsSetBack) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  clock_.SetAhead(-3600);
  controller_.Send(MakeAssignment(3, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
  clock_.SetAhead(-7200);
  controller_.Send(MakeAssignment(4, {{"R1", 1000}}));
  ExpectHost("2 R1 SERVING 1000");
  ASSERT_TRUE(controller_.WaitForReport("web/2"));
  const v1::SwapTimings timings = controller_.reports()["web/2"].timings();
  for (const auto& timing : {timings.startup(), timings.total()}) {
    EXPECT_GE(FromProto(timing), absl::ZeroDuration());
    EXPECT_LE(FromProto(timing), absl::Minutes(1));
  }
}

TEST_F(AgentTest, StartupLastsUntilTheProbeThePlanNames) {
  // It says READY=1 early, but the plan asks it by tcp.
  FakeBehaviour early;
  early.notifies_after = absl::ZeroDuration();
  early.listens_after = absl::Milliseconds(50);
  shims_.SetBehaviour("R0", early);
  ServeR0();
  ASSERT_TRUE(controller_.WaitForReport("web/1"));
  EXPECT_GE(FromProto(controller_.reports()["web/1"].timings().startup()),
            early.listens_after);
}

TEST_F(AgentTest, ReportsASwapThatIsTakenBack) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  controller_.Send(MakeAssignment(3, {{"R0", 1000}}));
  ExpectHost("1 R0 SERVING 1000");
  EXPECT_EQ(controller_.reports()["web/2"].outcome(), v1::SwapReport::REFUSED);
  controller_.Send(MakeAssignment(4, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 3 R1 SERVING 1000");
  controller_.Send(MakeAssignment(5, {{"R0", 1000}}));
  ExpectHost("1 R0 SERVING 1000");
  v1::SwapReport report = controller_.reports()["web/3"];
  EXPECT_EQ(report.outcome(), v1::SwapReport::SWITCHED_BACK);
  EXPECT_TRUE(report.final());
}

TEST_F(AgentTest, FindsItsServicesAgain) {
  ServeR0();
  controller_.Send(MakeAssignment(2, {{"R0", 1000}, {"R1", 0}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  RestartAgent();
  ExpectHost("1 R0 SERVING 1000, 2 R1 READY 0");
  EXPECT_EQ(controller_.highest_epoch(), 1u);
  controller_.Send(MakeAssignment(3, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 WARM 0, 2 R1 SERVING 1000");
}

TEST_F(AgentTest, FinishesASwapWithoutAController) {
  ServeR0();
  FakeBehaviour slow;
  slow.listens_after = absl::InfiniteDuration();
  shims_.SetBehaviour("R1", slow);
  controller_.Send(MakeAssignment(2, {{"R0", 0}, {"R1", 1000}}));
  ExpectHost("1 R0 SERVING 1000, 2 R1 STARTING 0");
  shims_.SetBehaviour("R1", {});
  shims_.Crash("web", 2);
  // Rejected: R0 has the clients. Only a new attempt would be another try.
  ExpectHost("1 R0 SERVING 1000, 2 R1 FAILED_GENERATION 0");
}

TEST_F(AgentTest, AbsenceStopsNothing) {
  ServeR0();
  v1::Assignment empty;
  empty.set_host("h1");
  empty.set_epoch(1);
  empty.set_serial(2);
  controller_.Send(empty);
  EXPECT_TRUE(controller_.WaitFor([](const v1::Observation& observation) {
    return observation.serial() == 2;
  }));
  EXPECT_TRUE(controller_.observation().services(0).orphaned());
  EXPECT_EQ(InWords(controller_.observation()), "1 R0 SERVING 1000");
  // It is still looked after.
  shims_.Crash("web", 1);
  ExpectHost("2 R0 SERVING 1000");
}

TEST_F(AgentTest, IgnoresWhatIsOlderOrNotForIt) {
  ServeR0();
  v1::Assignment newer = MakeAssignment(1, {{"R0", 1000}});
  newer.set_epoch(2);
  controller_.Send(newer);
  controller_.Send(MakeAssignment(9, {{"R1", 1000}}));
  v1::Assignment foreign = MakeAssignment(10, {{"R1", 1000}});
  foreign.set_epoch(3);
  foreign.set_host("h2");
  controller_.Send(foreign);
  v1::Assignment none = MakeAssignment(3, {});
  none.set_epoch(2);
  controller_.Send(none);
  EXPECT_TRUE(controller_.WaitFor([](const v1::Observation& observation) {
    return observation.epoch() == 2 && observation.serial() == 3;
  }));
  EXPECT_EQ(InWords(controller_.observation()), "1 R0 SERVING 1000");
}

TEST_F(AgentTest, KeepsReportsUntilTheyAreStored) {
  ServeR0();
  ASSERT_TRUE(controller_.WaitForReport("web/1"));
  RestartAgent();
  EXPECT_EQ(controller_.reports()["web/1"].outcome(), v1::SwapReport::STARTED);
}

}  // namespace
}  // namespace rollout::agent
