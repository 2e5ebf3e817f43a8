// SPDX-License-Identifier: Apache-2.0
//
// Hosts that an operator holds: nothing new begins there, what has begun goes
// on.

#include <string>
#include <vector>

#include "controller/decide/decision.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

using ::testing::HasSubstr;

HostView Cordoned(HostView host) {
  host.hold = Hold::kCordoned;
  host.hold_message = "cordoned by ann";
  return host;
}

HostView Frozen(HostView host) {
  host.hold = Hold::kFrozen;
  host.hold_message = "frozen by ann: the sale";
  return host;
}

// Of two: one host, 5 %, and one host, 50 %.
void SecondStep(PlanView& plan) {
  plan.strategy.steps.resize(2);
  plan.strategy.steps[0].weight = 50;
  plan.strategy.steps[1].weight = 500;
  plan.rollout.steps_done = 1;
}
void Usual(PlanView&) {}

TEST(Hold, NothingNewBegins) {
  struct Case {
    const char* name;
    std::vector<HostView> hosts;
    void (*like)(PlanView& plan);
    const char* step;
  };
  const Case kCases[] = {
      {"a cordoned host is passed by",
       {Cordoned(On("R0")), On("R0")},
       Usual,
       "bring in: h1 [R0:0 R1:1000]"},
      {"so is a frozen one",
       {Frozen(On("R0")), On("R0")},
       Usual,
       "bring in: h1 [R0:0 R1:1000]"},
      {"and a broken one",
       {Cordoned(Broken("R0")), On("R0")},
       Usual,
       "nothing"},
      {"one that joins gets nothing yet",
       {Cordoned(Fresh()), Frozen(Fresh())},
       Usual,
       "nothing"},
      {"one on its way to something else stays on it",
       {Cordoned(InChange({W("R0", 0), W("R2", 1000)},
                          {Serving("R0"), Starting("R2")}))},
       Surge2,
       "nothing"},
      {"what has begun gets there",
       {Frozen(Flipped(10)), On("R0")},
       Usual,
       "settle: h0 [R0:0 R1:1000]"},
      {"with a share, it gets the next step's",
       {Cordoned(Shares(50)), On("R0")},
       SecondStep,
       "shift: h0 [R0:500 R1:500]"},
      {"but not while it is frozen",
       {Frozen(Shares(50)), On("R0")},
       SecondStep,
       "nothing"},
      {"everything goes back",
       {Cordoned(KeptWarm()), Frozen(KeptWarm())},
       RollingBack,
       "go back: h0 [R0:1000], h1 [R0:1000]"},
      {"when all is over it begins no more",
       {Cordoned(On("R0")), Frozen(On("R0")), On("R1")},
       Complete,
       "nothing"},
      {"and does when it is free",
       {On("R0"), On("R1"), On("R1")},
       Complete,
       "bring in: h0 [R0:0 R1:1000]"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    c.like(plan);
    EXPECT_EQ(Text(Decide(plan).step), c.step);
  }
}

TEST(Hold, WhatIsWaitedFor) {
  struct Case {
    const char* name;
    std::vector<HostView> hosts;
    Phase phase;
    const char* waiting;
    const char* message;
  };
  const Case kCases[] = {
      {"complete without the cordoned",
       {On("R1"), Cordoned(On("R0"))},
       Phase::kComplete,
       "",
       ""},
      {"not without those that have begun",
       {On("R1"), Cordoned(Begun())},
       Phase::kProgressing,
       "",
       ""},
      {"nor with them alone",
       {Cordoned(On("R0"))},
       Phase::kProgressing,
       "HostsCordoned",
       "h0 among them (cordoned by ann)"},
      {"the frozen are waited for",
       {On("R1"), Frozen(On("R0")), Frozen(On("R0"))},
       Phase::kProgressing,
       "Frozen",
       "2 hosts are frozen, h1 among them (frozen by ann: the sale)"},
      {"of two reasons, that which alone is enough",
       {On("R1"), Frozen(On("R0")), Lost(On("R1"))},
       Phase::kProgressing,
       "Frozen",
       "1 host is frozen"},
      {"the lost one keeps the free one",
       {On("R0"), Frozen(On("R0")), Lost(On("R0"))},
       Phase::kProgressing,
       "HostsUnavailable",
       "h2 (disconnected)"},
      {"not while one is on its way",
       {Begun(), Frozen(On("R0"))},
       Phase::kProgressing,
       "",
       ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const Decision decision = Decide(Plan(c.hosts));
    EXPECT_EQ(decision.phase, c.phase);
    EXPECT_EQ(decision.waiting, c.waiting);
    EXPECT_THAT(decision.waiting_message, HasSubstr(c.message));
  }
}

// Others are free, and have their turn after it.
TEST(Hold, AFrozenCanaryIsWaitedFor) {
  PlanView plan = Plan({Frozen(Shares(50)), On("R0"), On("R0")});
  SecondStep(plan);
  Decision decision = Decide(plan);
  EXPECT_EQ(Text(decision.step), "nothing");
  EXPECT_EQ(decision.waiting, "Frozen");
  EXPECT_THAT(decision.waiting_message,
              HasSubstr("1 host is frozen, h0 among"));
  plan.hosts[0].hold = Hold::kNone;
  EXPECT_EQ(Text(Decide(plan).step), "shift: h0 [R0:500 R1:500]");
}

TEST(Hold, NoDeadlineRunsWhileItWaits) {
  PlanView plan = Plan({Frozen(On("R0"))});
  plan.rollout.waiting_since = Now() - absl::Hours(5);
  plan.rollout.progressed = Now() - absl::Hours(6);
  plan.rollout.unpaused_since = Now() - absl::Hours(6);
  plan.strategy.progress_deadline = absl::Hours(2);
  EXPECT_EQ(Decide(plan).phase, Phase::kProgressing);
  plan.rollout.waiting_since = absl::InfiniteFuture();
  EXPECT_EQ(Decide(plan).phase, Phase::kRollingBack);
}

// A canary step is there when all are that it could ask.
TEST(Hold, CanaryStepsDoWithoutTheCordoned) {
  PlanView plan = Plan({On("R1"), Cordoned(On("R0")), Frozen(On("R0"))});
  plan.strategy.steps.resize(1);
  plan.strategy.steps[0].hosts = HostLimit::Count(2);
  EXPECT_EQ(Decide(plan).steps_done, 0u);
  plan.hosts[2].hold = Hold::kCordoned;
  EXPECT_EQ(Decide(plan).steps_done, 1u);
}

}  // namespace
}  // namespace rollout::decide
