// SPDX-License-Identifier: Apache-2.0
//
// Hosts that fail are asked again before they have failed.

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/decide/decision.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

// Was asked so often, and has failed each time.
HostView FailedAgain(int retry) {
  HostView host = FailedDark();
  host.assigned.back().retry = retry;
  host.generations.back().retry = retry;
  return host;
}

PlanView Twice(std::vector<HostView> hosts) {
  PlanView plan = Plan(std::move(hosts));
  plan.strategy.retries = 2;
  return plan;
}

// "bring in: h0 R1 for the 3rd time".
std::string Again(const Step& step) {
  std::string text = Text(step);
  for (const HostAction& action : step.actions) {
    absl::StrAppend(&text, " retry ", action.revisions.back().retry);
  }
  return text;
}

TEST(Retries, AHostIsAskedAgainSoOften) {
  struct Case {
    const char* name;
    std::vector<HostView> hosts;
    const char* step;
    Phase phase;
  };
  const Case kCases[] = {
      {"for the first time",
       {FailedAgain(0), On("R0")},
       "bring in: h0 [R0:0 R1:1000] retry 1",
       Phase::kProgressing},
      {"for the second time",
       {FailedAgain(1), On("R0")},
       "bring in: h0 [R0:0 R1:1000] retry 2",
       Phase::kProgressing},
      {"then it has failed",
       {FailedAgain(2), On("R0")},
       "nothing",
       Phase::kRollingBack},
      {"it had got there: that takes room as any other does",
       {DiedLate(), On("R1")},
       "bring in: h0 [R0:0 R1:1000] retry 1",
       Phase::kProgressing},
      {"and there is none",
       {DiedLate(), Begun()},
       "nothing",
       Phase::kProgressing},
      {"it can't be reached: it waits",
       {[] {
          HostView host = FailedAgain(0);
          host.connected = false;
          return host;
        }(),
        On("R0")},
       "nothing",
       Phase::kProgressing},
      {"nor is it expected back",
       {Lost(FailedAgain(0)), On("R0")},
       "nothing",
       Phase::kRollingBack},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const Decision decision = Decide(Twice(c.hosts));
    EXPECT_EQ(Again(decision.step), c.step);
    EXPECT_EQ(decision.phase, c.phase);
  }
}

// A generation that failed before it was asked again is no verdict.
TEST(Retries, TheNewTryIsWaitedFor) {
  HostView asked = FailedAgain(0);
  asked.assigned.back().retry = 1;
  const Decision decision = Decide(Twice({asked, On("R0")}));
  EXPECT_EQ(Text(decision.step), "nothing");
  EXPECT_EQ(decision.phase, Phase::kProgressing);
  EXPECT_EQ(decision.counts.in_change, 1);
  EXPECT_EQ(decision.counts.failed, 0);
}

TEST(Retries, NobodyIsAskedAgain) {
  struct Case {
    const char* name;
    std::function<void(PlanView&)> change;
    Phase phase;
  };
  const Case kCases[] = {
      {"whom an operator holds",
       [](PlanView& plan) { plan.hosts[0].hold = Hold::kFrozen; },
       Phase::kRollingBack},
      {"for what a rollout before asked for",
       [](PlanView& plan) {
         plan.rollout.number = 3;
         plan.rollout.revision = "R2";
         plan.hosts[1] = Begun();
       },
       Phase::kProgressing},
      {"on the way back", RollingBack, Phase::kRollingBack},
      {"while it is paused", Paused, Phase::kProgressing},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Twice({FailedAgain(0), On("R0")});
    c.change(plan);
    const Decision decision = Decide(plan);
    for (const HostAction& action : decision.step.actions) {
      EXPECT_EQ(action.revisions.back().retry, 0);
    }
    EXPECT_EQ(decision.phase, c.phase);
  }
}

// The canary is the same host each time, whoever else could be asked.
TEST(Retries, ACanaryKeepsItsTurn) {
  PlanView plan = Twice({FailedAgain(0), On("R0"), On("R0")});
  plan.strategy.max_surge = HostLimit::Count(2);
  plan.strategy.steps.resize(1);
  EXPECT_EQ(Again(Decide(plan).step), "bring in: h0 [R0:0 R1:1000] retry 1");
  plan.hosts[0].connected = false;
  EXPECT_EQ(Text(Decide(plan).step), "nothing");
}

TEST(Retries, OneThatDiedLateIsNotThere) {
  PlanView plan = Twice({DiedLate(), On("R1")});
  plan.strategy.failure_tolerance = HostLimit::Count(1);
  const Decision decision = Decide(plan);
  EXPECT_EQ(decision.counts.updated, 1);
  EXPECT_EQ(decision.phase, Phase::kProgressing);
}

// Resumed, that is with a number of its own, before that host is asked again.
TEST(Retries, NorInTheRolloutAfterThat) {
  PlanView plan = Plan({DiedLate(), On("R1")});
  plan.rollout.number = 3;
  const Decision decision = Decide(plan);
  EXPECT_EQ(decision.counts.updated, 1);
  EXPECT_EQ(decision.phase, Phase::kProgressing);
  EXPECT_EQ(Text(decision.step), "bring in: h0 [R0:0 R1:1000]");
}

// 10 s, 20 s, 40 s, ..., but no more than half of a deadline of 60 s.
TEST(Retries, ThereIsAPauseBeforeEach) {
  const int kPauses[] = {10, 20, 30, 30};
  for (int retry = 0; retry < 4; ++retry) {
    SCOPED_TRACE(retry);
    HostView host = FailedAgain(retry);
    host.began = Now() - absl::Seconds(kPauses[retry] - 1);
    PlanView plan = Twice({host, On("R0")});
    plan.strategy.retries = 4;
    plan.strategy.host_deadline = absl::Seconds(60);
    Decision decision = Decide(plan);
    EXPECT_EQ(Text(decision.step), "nothing");
    EXPECT_EQ(decision.phase, Phase::kProgressing);
    EXPECT_EQ(decision.counts.in_change, 1);
    EXPECT_EQ(decision.next, Now() + absl::Seconds(1));
    plan.now = decision.next;
    EXPECT_EQ(Text(Decide(plan).step), "bring in: h0 [R0:0 R1:1000]");
  }
}

TEST(Retries, EachHasItsTime) {
  const Decision again = Decide(Twice({FailedAgain(0), On("R0")}));
  EXPECT_TRUE(again.progressed);
  const Decision first = Decide(Twice({On("R0"), On("R0")}));
  EXPECT_EQ(Text(first.step), "bring in: h0 [R0:0 R1:1000]");
  EXPECT_FALSE(first.progressed);
}

TEST(Retries, OneThatHasNoRoomWaitsForIt) {
  PlanView plan = Twice({DiedLate(), On("R1")});
  plan.fleet.limit = plan.fleet.in_change_elsewhere = 1;
  const Decision decision = Decide(plan);
  EXPECT_EQ(Text(decision.step), "nothing");
  EXPECT_EQ(decision.waiting, "FleetLimit");
}

TEST(Retries, ThePredecessorStaysWhatItWasAskedFor) {
  HostView host = On("R0");
  host.assigned.back().retry = 1;
  const Decision decision = Decide(Twice({host, On("R1")}));
  ASSERT_EQ(Text(decision.step), "bring in: h0 [R0:0 R1:1000]");
  EXPECT_EQ(decision.step.actions[0].revisions.front().retry, 1);
  EXPECT_EQ(decision.step.actions[0].revisions.back().retry, 0);
}

// With one host that may overlap, the warm one goes before the other is asked
// again.
TEST(Retries, RoomIsMadeForThem) {
  PlanView plan = Twice({KeptWarm(), FailedAgain(0)});
  plan.strategy.max_overlap = HostLimit::Count(1);
  EXPECT_EQ(Text(Decide(plan).step), "end warm: h0 [R1:1000]");
}

}  // namespace
}  // namespace rollout::decide
