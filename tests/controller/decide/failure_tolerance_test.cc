// SPDX-License-Identifier: Apache-2.0
//
// How many hosts may fail without the rollout failing, and what they count as
// then.

#include <vector>

#include "controller/decide/decision.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

TEST(FailureTolerance, SoManyMayFail) {
  struct Case {
    const char* name;
    HostLimit tolerance;
    std::vector<HostView> hosts;
    Phase phase;
  };
  const Case kCases[] = {
      {"none",
       HostLimit::Count(0),
       {FailedDark(), On("R0")},
       Phase::kRollingBack},
      {"one",
       HostLimit::Count(1),
       {FailedDark(), On("R0")},
       Phase::kProgressing},
      {"two of one",
       HostLimit::Count(1),
       {FailedDark(), FailedDark()},
       Phase::kRollingBack},
      {"49% of 2 is none",
       HostLimit::Percent(49),
       {FailedDark(), On("R0")},
       Phase::kRollingBack},
      {"the others are there",
       HostLimit::Count(1),
       {FailedDark(), On("R1")},
       Phase::kComplete},
      {"nobody is", HostLimit::Count(1), {FailedDark()}, Phase::kProgressing},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    plan.strategy.failure_tolerance = c.tolerance;
    EXPECT_EQ(Decide(plan).phase, c.phase);
  }
}

TEST(FailureTolerance, OfCanariesOneHasToDoWell) {
  PlanView plan = Plan({FailedDark(), On("R0"), On("R0")});
  plan.strategy.failure_tolerance = HostLimit::Count(1);
  plan.strategy.steps.resize(1);
  plan.strategy.steps[0].hosts = HostLimit::Count(2);
  // The second has not been asked yet.
  EXPECT_EQ(Decide(plan).phase, Phase::kProgressing);
  plan.strategy.steps[0].hosts = HostLimit::Count(1);
  EXPECT_EQ(Decide(plan).phase, Phase::kRollingBack);
}

TEST(FailureTolerance, OneThatFailedIsNotInChangeWhenItTriesAgain) {
  PlanView plan = Plan({FailedDark(), On("R0"), On("R0")});
  plan.strategy.failure_tolerance = HostLimit::Count(1);
  EXPECT_EQ(Text(Decide(plan).step), "tolerate: h0 [R0:0 R1:1000]");
  plan.hosts[0].failed = true;
  plan.hosts[0].generations = Begun().generations;
  EXPECT_EQ(Text(Decide(plan).step), "bring in: h1 [R0:0 R1:1000]");
  EXPECT_EQ(Decide(plan).counts.failed, 1);
}

TEST(FailureTolerance, OneThatFailedLeavesTheOverlapToOthers) {
  PlanView plan = Plan({FailedDark(), On("R0"), On("R0")});
  plan.strategy.failure_tolerance = HostLimit::Count(1);
  plan.strategy.max_overlap = HostLimit::Count(1);
  plan.hosts[0].failed = true;
  EXPECT_EQ(Text(Decide(plan).step), "bring in: h1 [R0:0 R1:1000]");
  // It is not gone yet.
  GenerationView going = Draining("R1");
  going.number = 1;
  plan.hosts[0].generations.push_back(going);
  EXPECT_EQ(Text(Decide(plan).step), "nothing");
}

TEST(FailureTolerance, OneThatIsLateStaysLateUntilItIsThere) {
  HostView late = Begun();
  late.began = Now() - absl::Minutes(6);
  PlanView plan = Plan({late, On("R0")});
  plan.strategy.failure_tolerance = HostLimit::Count(1);
  EXPECT_EQ(Text(Decide(plan).step), "tolerate: h0 [R0:0 R1:1000]");
  plan.hosts[0].failed = true;
  EXPECT_EQ(Text(Decide(plan).step), "bring in: h1 [R0:0 R1:1000]");
  // Clocks that start over don't make it punctual.
  plan.rollout.running_since = Now();
  EXPECT_EQ(Decide(plan).counts.failed, 1);
  plan.hosts[0].generations = Flipped(10).generations;
  EXPECT_EQ(Text(Decide(plan).step), "settle: h0 [R0:0 R1:1000]");
}

}  // namespace
}  // namespace rollout::decide
