// SPDX-License-Identifier: Apache-2.0
//
// The one rule that holds a host back.

#include "controller/decide/why.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/decide/decision.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

using ::testing::HasSubstr;

HostView Held(Hold hold) {
  HostView host = On("R0");
  host.hold = hold;
  host.hold_message = "by ann: her word";
  return host;
}

void OneStep(PlanView& plan) {
  plan.strategy.max_surge = HostLimit::Count(2);
  plan.strategy.steps.resize(1);
  plan.strategy.steps[0].bake = absl::Minutes(5);
}

void FleetIsFull(PlanView& plan) {
  plan.fleet.limit = 3;
  plan.fleet.in_change_elsewhere = 3;
}

void OneMayOverlap(PlanView& plan) {
  plan.strategy.max_surge = HostLimit::Count(2);
  plan.strategy.max_overlap = HostLimit::Count(1);
}

void StepBakes(PlanView& plan) {
  OneStep(plan);
  plan.rollout.step_reached = Now() - absl::Minutes(1);
}

void Failed(PlanView& plan) { plan.rollout.phase = Phase::kFailed; }
void Usual(PlanView&) {}

// Of the last host.
TEST(Why, NamesTheOneRule) {
  struct Case {
    const char* name;
    std::vector<HostView> hosts;
    void (*change)(PlanView& plan);
    const char* rule;
    const char* message;
  };
  const Case kCases[] = {
      {"it is there", {On("R1")}, Usual, "", ""},
      {"its turn is now", {On("R0")}, Usual, "NextPass", ""},
      {"another one has the room",
       {Begun(), On("R0")},
       Usual,
       "MaxSurge",
       "1 may be in change: 1 host (h0) in change"},
      {"two are before it",
       {Begun(), Flipped(3), On("R0")},
       Surge2,
       "MaxSurge",
       "2 may be in change: 2 hosts (h0, h1) in change"},
      {"it does well, and another one does not",
       {Lost(On("R0")), On("R0")},
       Usual,
       "MaxUnavailable",
       "0 may be out of service, and it does well: 1 host (h0) out"},
      {"the fleet's limit is full",
       {On("R0")},
       FleetIsFull,
       "MaxHostsInChange",
       "3 may be in change in the whole fleet, and other plans change 3"},
      {"two generations are too many",
       {Begun(), On("R0")},
       OneMayOverlap,
       "MaxOverlap",
       "1 may have two generations: 1 host (h0) with two"},
      {"the canary is not there yet",
       {Begun(), On("R0")},
       OneStep,
       "CanaryStep",
       "step 1 of 1 takes 100% of the connections of 1 host"},
      {"the canary bakes", {On("R1"), On("R0")}, StepBakes, "Baking", "until"},
      {"cordoned", {Held(Hold::kCordoned)}, Usual, "Cordoned", "her word"},
      {"frozen", {Held(Hold::kFrozen)}, Usual, "Frozen", "her word"},
      {"paused", {On("R0")}, Paused, "Paused", "paused"},
      {"lost", {Lost(On("R0"))}, Usual, "Disconnected", "whole lease"},
      {"unheard",
       {Unheard(On("R0"))},
       Usual,
       "Disconnected",
       "since this controller started"},
      {"it starts", {Begun()}, Usual, "Starting", "generation 1 is not ready"},
      {"it serves", {Flipped(3)}, Usual, "MinReady", "for 3s of 10s"},
      {"it failed", {FailedDark()}, Usual, "HostFailed", "status 1"},
      {"it goes back, and has not begun",
       {FailedDark(), On("R1")},
       RollingBack,
       "MaxSurge",
       "turn"},
      {"it is over", {On("R1"), On("R0")}, Failed, "RolloutOver", "ended"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    c.change(plan);
    const HostWhy why = Why(plan).back();
    EXPECT_EQ(why.rule, c.rule);
    EXPECT_THAT(why.message, HasSubstr(c.message));
  }
}

// Whoever is said to be asked now is asked now, and nobody else.
TEST(Why, AgreesWithTheDecision) {
  const std::vector<HostView> kHosts = {
      On("R0"),     Begun(),      Flipped(3),          On("R1"),
      Fresh(),      Broken("R0"), Held(Hold::kFrozen), Lost(On("R0")),
      FailedDark(), KeptWarm()};
  for (size_t a = 0; a < kHosts.size(); ++a) {
    for (size_t b = 0; b < kHosts.size(); ++b) {
      for (int surge = 0; surge < 3; ++surge) {
        SCOPED_TRACE(absl::StrCat(a, " ", b, " maxSurge ", surge));
        PlanView plan = Plan({kHosts[a], kHosts[b], On("R0")});
        plan.strategy.max_surge = HostLimit::Count(surge);
        plan.strategy.max_unavailable = HostLimit::Count(surge == 0);
        const Decision decision = Decide(plan);
        if (decision.step.kind != StepKind::kBringIn) continue;
        std::vector<bool> asked(plan.hosts.size());
        for (const HostAction& action : decision.step.actions) {
          asked[action.host] = true;
        }
        const std::vector<HostWhy> whys = Why(plan);
        for (size_t i = 0; i < whys.size(); ++i) {
          EXPECT_EQ(whys[i].rule == "NextPass", asked[i]) << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace rollout::decide
