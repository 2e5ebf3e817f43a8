// SPDX-License-Identifier: Apache-2.0
//
// The one rule that holds a host back.

#include "controller/decide/why.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/decide/decision.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"
#include "tests/controller/documented_words.h"

namespace rollout::decide {
namespace {

using ::testing::HasSubstr;

HostView Held(Hold hold, HostView host = On("R0")) {
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

void PausedStep(PlanView& plan) {
  OneStep(plan);
  Paused(plan);
}

void PausedOnTheWayBack(PlanView& plan) {
  RollingBack(plan);
  Paused(plan);
}

void ThirdAttempt(PlanView& plan) { plan.rollout.number = 3; }

// The agent turns the clients to it next.
HostView ReadyToFlip() {
  return InChange({W("R0", 0), W("R1", 1000, 2)}, {Serving("R0"), Ready("R1")});
}

void Approval(PlanView& plan) {
  OneStep(plan);
  plan.strategy.steps[0].bake = absl::ZeroDuration();
  plan.strategy.steps[0].needs_approval = true;
}

void OneRetry(PlanView& plan) { plan.strategy.retries = 1; }

void ShortDeadline(PlanView& plan) {
  plan.strategy.host_deadline = absl::Seconds(5);
}

void RolloutFailed(PlanView& plan) { plan.rollout.phase = Phase::kFailed; }
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
      {"it is asked again now", {DiedLate()}, OneRetry, "NextPass", ""},
      {"it is to be asked again, and another one has the room",
       {Begun(), DiedLate()},
       OneRetry,
       "MaxSurge",
       "1 may be in change: 1 host (h0) in change"},
      {"it is asked again in a while",
       {JustFailed()},
       OneRetry,
       "RetryPause",
       "exited with status 1; is asked again in 7s, retry 1 of 1"},
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
      {"the canary needs a person",
       {On("R1"), On("R0")},
       Approval,
       "ApprovalRequired",
       "a person's approval"},
      {"cordoned", {Held(Hold::kCordoned)}, Usual, "Cordoned", "her word"},
      {"frozen", {Held(Hold::kFrozen)}, Usual, "Frozen", "her word"},
      {"its failure is of another revision",
       {Settled({W("R0", 1000)}, {Failed("R0")})},
       Usual,
       "NextPass",
       ""},
      {"a host joins while another one has the room",
       {Begun(), Fresh()},
       Usual,
       "NextPass",
       ""},
      {"paused", {On("R0")}, Paused, "Paused", "paused"},
      {"paused, and its change has begun",
       {Begun()},
       Paused,
       "Starting",
       "generation 1"},
      {"paused in mid-step", {Shares(50)}, PausedStep, "Paused", "paused"},
      {"its share may grow", {Shares(50)}, OneStep, "NextPass", ""},
      {"its share may grow, and it is frozen",
       {Held(Hold::kFrozen, Shares(50))},
       OneStep,
       "Frozen",
       "her word"},
      {"lost", {Lost(On("R0"))}, Usual, "Disconnected", "whole lease"},
      {"unheard",
       {Unheard(On("R0"))},
       Usual,
       "Disconnected",
       "since this controller started"},
      {"it starts", {Begun()}, Usual, "Starting", "generation 1 is not ready"},
      {"it is ready", {ReadyToFlip()}, Usual, "Starting", "brings the clients"},
      {"what failed was another attempt",
       {InChange({W("R0", 0), W("R1", 1000, 3)},
                 {Serving("R0"), Failed("R1", 2)})},
       ThirdAttempt,
       "Starting",
       "has not begun"},
      {"it serves", {Flipped(3)}, Usual, "MinReady", "for 3s of 10s"},
      {"the one before drains",
       {InChange({W("R1", 1000, 2)}, {Draining("R0"), Serving("R1", 30)})},
       Usual,
       "Draining",
       "generation 1 of R0 has not ended yet"},
      {"it failed", {FailedDark()}, Usual, "HostFailed", "status 1"},
      {"it is late", {Begun()}, ShortDeadline, "HostDeadlineExceeded", "in 5s"},
      {"it goes back, and has not begun",
       {FailedDark(), On("R1")},
       RollingBack,
       "NextPass",
       ""},
      {"it waits to go back",
       {InChange({W("R0", 1000)}, {Starting("R0")}), On("R1")},
       RollingBack,
       "MaxSurge",
       "1 may start the stable revision again: 1 host (h0) on the way"},
      {"it waits to go back, and is paused",
       {On("R1")},
       PausedOnTheWayBack,
       "Paused",
       ""},
      {"it goes back",
       {InChange({W("R0", 1000)}, {Starting("R0")})},
       PausedOnTheWayBack,
       "Starting",
       "generation 1"},
      {"its turn never came", {Fresh()}, RollingBack, "RolloutOver", "turn"},
      {"it can't go back",
       {InChange({W("R0", 1000, 2)}, {Failed("R0", 2)})},
       RollingBack,
       "HostFailed",
       "status 1"},
      {"it is over",
       {On("R1"), On("R0")},
       RolloutFailed,
       "RolloutOver",
       "ended"},
      {"it is over, and it had failed",
       {FailedDark()},
       RolloutFailed,
       "HostFailed",
       "status 1"},
      {"it is over, and it was lost later",
       {Lost(On("R1"))},
       RolloutFailed,
       "Disconnected",
       ""},
      {"it is over, and it starts again",
       {Broken("R1")},
       RolloutFailed,
       "Starting",
       "generation 1"},
  };
  std::set<std::string> rules;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    c.change(plan);
    const HostWhy why = Why(plan).back();
    EXPECT_EQ(why.rule.empty(), why.message.empty());
    if (!why.rule.empty()) rules.insert(why.rule);
    EXPECT_EQ(why.rule, c.rule);
    EXPECT_THAT(why.message, HasSubstr(c.message));
  }
  EXPECT_EQ(rules, DocumentedWords("Rules"));
}

// Whoever is said to be asked now is asked now, and nobody else; on the way
// back, too.
TEST(Why, AgreesWithTheDecision) {
  const std::vector<HostView> kHosts = {
      On("R0"),
      Begun(),
      Flipped(3),
      On("R1"),
      Fresh(),
      Broken("R0"),
      Held(Hold::kFrozen),
      Lost(On("R0")),
      FailedDark(),
      DiedLate(),
      KeptWarm(),
      Shares(50),
      Broken("R1"),
      Settled({W("R0", 1000)}, {Failed("R0")}),
      InChange({W("R0", 1000)}, {Starting("R0")})};
  for (size_t a = 0; a < kHosts.size(); ++a) {
    for (size_t b = 0; b < kHosts.size(); ++b) {
      for (int variant = 0; variant < 12; ++variant) {
        const int surge = variant / 2 % 3;
        SCOPED_TRACE(absl::StrCat(a, " ", b, " ", variant));
        PlanView plan = Plan({kHosts[a], kHosts[b], On("R0"), On("R1")});
        plan.strategy.max_surge = HostLimit::Count(surge);
        plan.strategy.max_unavailable = HostLimit::Count(surge == 0);
        plan.strategy.retries = variant / 6;
        if (variant % 2 == 1) RollingBack(plan);
        const Decision decision = Decide(plan);
        if (decision.step.kind != StepKind::kBringIn &&
            decision.step.kind != StepKind::kGoBack) {
          continue;
        }
        const std::vector<HostWhy> whys = Why(plan);
        std::vector<bool> asked(plan.hosts.size());
        for (const HostAction& action : decision.step.actions) {
          asked[action.host] = true;
          EXPECT_EQ(whys[action.host].rule, "NextPass") << action.host;
        }
        // Those that need a start wait for those that need none, for one pass.
        if (decision.step.kind == StepKind::kGoBack) continue;
        for (size_t i = 0; i < whys.size(); ++i) {
          EXPECT_EQ(whys[i].rule == "NextPass", asked[i]) << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace rollout::decide
