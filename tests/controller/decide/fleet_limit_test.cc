// SPDX-License-Identifier: Apache-2.0
//
// How many hosts may be in change for the sake of all plans together.

#include <vector>

#include "controller/decide/decision.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

PlanView Fleet(int limit, int elsewhere, std::vector<HostView> hosts) {
  PlanView plan = Plan(std::move(hosts));
  plan.strategy.max_surge = HostLimit::Count(3);
  plan.fleet.limit = limit;
  plan.fleet.in_change_elsewhere = elsewhere;
  return plan;
}

TEST(FleetLimit, TheSmallerOfTheTwoHolds) {
  struct Case {
    const char* name;
    int limit;
    int elsewhere;
    std::vector<HostView> hosts;
    const char* step;
  };
  const Case kCases[] = {
      {"the plan's",
       10,
       5,
       {On("R0"), On("R0"), On("R0"), On("R0")},
       "bring in: h0 [R0:0 R1:1000], h1 [R0:0 R1:1000], h2 [R0:0 R1:1000]"},
      {"the fleet's: 10 - 9 are left",
       10,
       9,
       {On("R0"), On("R0")},
       "bring in: h0 [R0:0 R1:1000]"},
      {"none is left", 10, 10, {On("R0")}, "nothing"},
      {"others have more, it was lowered", 10, 20, {On("R0")}, "nothing"},
      {"its own count", 2, 1, {Begun(), On("R0")}, "nothing"},
      {"one out of service waits as well", 1, 1, {Broken("R0")}, "nothing"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Text(Decide(Fleet(c.limit, c.elsewhere, c.hosts)).step), c.step);
  }
}

TEST(FleetLimit, NoWayBackWaitsForIt) {
  PlanView plan = Fleet(1, 5, {KeptWarm(), On("R1")});
  RollingBack(plan);
  EXPECT_EQ(Text(Decide(plan).step), "go back: h0 [R0:1000]");
  plan.hosts[0] = On("R1");
  EXPECT_EQ(Text(Decide(plan).step), "go back: h0 [R0:1000], h1 [R0:1000]");
}

TEST(FleetLimit, IsWhatItWaitsForWhereNothingElseIs) {
  Decision decision = Decide(Fleet(3, 3, {On("R1"), On("R0")}));
  EXPECT_EQ(decision.waiting, "FleetLimit");
  EXPECT_EQ(decision.waiting_message,
            "other plans change 3 hosts, and 3 may be in change in the whole "
            "fleet (maxHostsInChange): it goes on when one of them is there");
  EXPECT_EQ(Decide(Fleet(3, 2, {Begun(), On("R0")})).waiting, "");
  EXPECT_EQ(Decide(Fleet(3, 3, {On("R0"), Lost(On("R0"))})).waiting,
            "HostsUnavailable");
}

// Two hosts that share their connections are in change for as long as the step
// takes: it is there with as many as the fleet ever lets it have.
TEST(FleetLimit, ACanaryStepAsksForNoMore) {
  PlanView plan = Fleet(2, 0, {Shares(50), Shares(50), On("R0")});
  plan.strategy.steps.resize(1);
  plan.strategy.steps[0].hosts = HostLimit::Count(3);
  plan.strategy.steps[0].weight = 50;
  EXPECT_EQ(Decide(plan).steps_done, 1u);
}

TEST(FleetLimit, WhatAPassTakesIsCounted) {
  EXPECT_EQ(Decide(Fleet(5, 0, {On("R0"), On("R0")})).in_change_then, 2);
  EXPECT_EQ(Decide(Fleet(5, 0, {Begun(), On("R1")})).in_change_then, 1);
  EXPECT_EQ(Decide(Fleet(5, 0, {On("R1"), On("R1")})).in_change_then, 0);
}

}  // namespace
}  // namespace rollout::decide
