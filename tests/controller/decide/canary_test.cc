// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/canary.h"

#include <functional>
#include <string>
#include <vector>

#include "controller/decide/decision.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CanaryStep Step(HostLimit hosts, int weight,
                absl::Duration bake = absl::ZeroDuration()) {
  CanaryStep step;
  step.hosts = hosts;
  step.weight = weight;
  step.bake = bake;
  return step;
}

// 1 host at 5 % for two minutes, a quarter at 100 %, then all.
void Steps(PlanView& plan) {
  plan.strategy.steps = {
      Step(HostLimit::Count(1), 50, absl::Minutes(2)),
      Step(HostLimit::Percent(25), 1000),
  };
}
std::function<void(PlanView&)> StepsDone(size_t done) {
  return [done](PlanView& plan) {
    Steps(plan);
    plan.rollout.steps_done = done;
  };
}
std::function<void(PlanView&)> ReachedFor(absl::Duration time) {
  return [time](PlanView& plan) {
    Steps(plan);
    plan.rollout.step_reached = Now() - time;
  };
}

TEST(Canary, TheCourseIsThatOfTheStep) {
  struct Case {
    const char* name;
    int hosts;
    std::function<void(PlanView&)> change;
    int course_hosts;
    int weight;
  };
  auto at = [](size_t done, HostLimit hosts, int weight, int surge) {
    return [=](PlanView& plan) {
      plan.strategy.max_surge = HostLimit::Count(surge);
      plan.strategy.steps = {Step(HostLimit::Count(2), 1), Step(hosts, weight)};
      plan.rollout.steps_done = done;
    };
  };
  const Case kCases[] = {
      {"no steps", 15, [](PlanView&) {}, 15, 1000},
      {"the first", 15, StepsDone(0), 1, 50},
      {"25% of 15 is 3.75: 4", 15, StepsDone(1), 4, 1000},
      {"after the last", 15, StepsDone(2), 15, 1000},
      {"more than there are", 3, at(1, HostLimit::Count(9), 1000, 1), 3, 1000},
      {"1% of 2 is at least 1", 2, at(1, HostLimit::Percent(1), 1000, 1), 2,
       1000},
      {"never fewer than before: 10% of 10 after 2", 10,
       at(1, HostLimit::Percent(10), 1000, 1), 2, 1000},
      {"shares are in change: 50% of 10, maxSurge 3", 10,
       at(1, HostLimit::Percent(50), 500, 3), 3, 500},
      {"on the way back", 15,
       [](PlanView& plan) {
         Steps(plan);
         RollingBack(plan);
       },
       15, 1000},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(std::vector<HostView>(c.hosts, On("R0")));
    c.change(plan);
    const Course course = CourseOf(plan);
    EXPECT_EQ(course.hosts, c.course_hosts);
    EXPECT_EQ(course.weight, c.weight);
  }
}

TEST(Canary, HostsGetWhatTheStepGives) {
  struct Case {
    const char* name;
    std::vector<HostView> hosts;
    const char* step;
    std::function<void(PlanView&)> change = Steps;
  };
  HostView gets_there = Shares(50);
  gets_there.settled = false;
  HostView of_another =
      InChange({W("R0", 950), W("R7", 50)}, {Serving("R0"), Ready("R7")});
  const Case kCases[] = {
      {"the first", {On("R0"), On("R0")}, "bring in: h0 [R0:950 R1:50]"},
      {"a host that runs nothing known has no other to share with",
       {Settled({W("R0", 1000)}, {})},
       "bring in: h0 [R1:1000]"},
      {"its share is there",
       {gets_there, On("R0")},
       "settle: h0 [R0:950 R1:50]"},
      {"no other host meanwhile", {Shares(50), On("R0")}, "nothing"},
      {"a larger share",
       {Shares(50), On("R0"), On("R0"), On("R0")},
       "shift: h0 [R0:0 R1:1000]",
       StepsDone(1)},
      {"the rest",
       {KeptWarm(), On("R0"), On("R0"), On("R0"), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       StepsDone(2)},
      {"what shared before has not proven itself, whatever its share",
       {Settled({W("R0", 400), W("R7", 600)}, {[] {
                                                 GenerationView g =
                                                     Serving("R0", 0);
                                                 g.weight = 400;
                                                 return g;
                                               }(),
                                               [] {
                                                 GenerationView g =
                                                     Serving("R7", 0);
                                                 g.weight = 600;
                                                 return g;
                                               }()})},
       "bring in: h0 [R0:1000 R1:0]"},
      {"a smaller share takes nothing back",
       {Shares(500), On("R0")},
       "nothing"},
      {"what a rollout before this one shared is taken back",
       {Shares(50), of_another},
       "withdraw: h1 [R0:1000]"},
      {"but not when the rollout is over, though it has no room yet",
       {KeptWarm(), of_another},
       "end warm: h0 [R1:1000]",
       [](PlanView& plan) {
         Complete(plan);
         plan.strategy.max_overlap = HostLimit::Count(1);
       }},
      {"one that joined gets the stable revision",
       {Shares(50), Fresh()},
       "equip: h1 [R0:1000]",
       Steps},
      {"it failed: back at once",
       {Shares(50), On("R0")},
       "go back: h0 [R0:1000]",
       [](PlanView& plan) {
         Steps(plan);
         RollingBack(plan);
       }},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    c.change(plan);
    EXPECT_EQ(Text(Decide(plan).step), c.step);
  }
}

TEST(Canary, AStepEndsWhenItHasBakedAndIsApprovedOf) {
  struct Case {
    const char* name;
    std::vector<HostView> hosts;
    std::function<void(PlanView&)> change;
    size_t done;
    bool reached;
    const char* waiting;
    const char* message;
  };
  HostView unready = Shares(50);
  unready.generations[1].ready = false;
  auto asks = [](PlanView& plan) {
    ReachedFor(absl::Minutes(2))(plan);
    plan.strategy.steps[0].needs_approval = true;
  };
  const Case kCases[] = {
      {"not there", {On("R0"), On("R0")}, Steps, 0, false, "", ""},
      {"just there",
       {Shares(50), On("R0")},
       Steps,
       0,
       true,
       "Baking",
       "step 1 of 2 (5% of the connections of 1 host) bakes until "
       "1970-01-12T13:48:40"},
      {"bakes",
       {Shares(50), On("R0")},
       ReachedFor(absl::Seconds(119)),
       0,
       true,
       "Baking",
       "until"},
      {"has baked",
       {Shares(50), On("R0")},
       ReachedFor(absl::Minutes(2)),
       1,
       false,
       "",
       ""},
      {"is promoted",
       {Shares(50), On("R0")},
       [](PlanView& plan) {
         ReachedFor(absl::Seconds(1))(plan);
         plan.rollout.promoted = true;
       },
       1,
       false,
       "",
       ""},
      {"asks for an approval",
       {Shares(50), On("R0")},
       asks,
       0,
       true,
       "ApprovalRequired",
       "step 1 of 2"},
      {"has it",
       {Shares(50), On("R0")},
       [asks](PlanView& plan) {
         asks(plan);
         plan.rollout.approved = true;
       },
       1,
       false,
       "",
       ""},
      {"an approval is no promotion",
       {Shares(50), On("R0")},
       [](PlanView& plan) {
         ReachedFor(absl::Seconds(1))(plan);
         plan.rollout.approved = true;
       },
       0,
       true,
       "Baking",
       ""},
      {"not well any more: the bake begins anew",
       {unready, On("R0")},
       ReachedFor(absl::Minutes(1)),
       0,
       false,
       "",
       ""},
      {"a lost canary is waited for",
       {Lost(Shares(50)), On("R0")},
       ReachedFor(absl::Minutes(1)),
       0,
       false,
       "HostsUnavailable",
       ""},
      {"one that is not heard of at the moment holds it as it is",
       {[] {
          HostView host = Shares(50);
          host.connected = false;
          return host;
        }(),
        On("R0")},
       ReachedFor(absl::Minutes(5)),
       0,
       true,
       "",
       ""},
      {"it runs what was there before alone, and is no canary",
       {[] {
          HostView host = Shares(50);
          host.generations = {Serving("R0")};
          return host;
        }(),
        On("R0")},
       ReachedFor(absl::Minutes(5)),
       0,
       false,
       "",
       ""},
      {"so does one that has not reported to this controller",
       {Unheard(Shares(50)), On("R0")},
       ReachedFor(absl::Minutes(5)),
       0,
       true,
       "",
       ""},
      {"nobody is left to ask",
       {Shares(50), Lost(On("R0"))},
       [](PlanView& plan) {
         ReachedFor(absl::Minutes(2))(plan);
         Surge2(plan);
         plan.strategy.steps[0].hosts = HostLimit::Count(2);
       },
       1,
       false,
       "HostsUnavailable",
       ""},
      {"paused: it stands where it is",
       {Shares(50), On("R0")},
       [](PlanView& plan) {
         ReachedFor(absl::Minutes(2))(plan);
         Paused(plan);
       },
       0,
       true,
       "",
       ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    c.change(plan);
    const Decision decision = Decide(plan);
    EXPECT_EQ(decision.steps_done, c.done);
    EXPECT_EQ(decision.step_reached != absl::InfiniteFuture(), c.reached);
    EXPECT_EQ(decision.waiting, c.waiting);
    EXPECT_THAT(decision.waiting_message, HasSubstr(c.message));
    EXPECT_EQ(decision.phase, Phase::kProgressing);
  }
}

TEST(Canary, NoClockOfAHostRunsWhileItBakes) {
  HostView host = Shares(50);
  host.began = Now() - absl::Hours(5);
  PlanView plan = Plan({host, On("R0")});
  ReachedFor(absl::Minutes(1))(plan);
  const Decision decision = Decide(plan);
  EXPECT_EQ(decision.phase, Phase::kProgressing) << decision.message;
  EXPECT_EQ(decision.next, Now() + absl::Minutes(1));
  EXPECT_EQ(decision.counts.in_change, 1);
  EXPECT_EQ(decision.counts.updated, 0);
}

TEST(Canary, ACandidateThatFailsWithItsShareTurnsTheRolloutBack) {
  HostView host = Shares(50);
  host.generations = {Serving("R0", 1), Failed("R1", 2)};
  PlanView plan = Plan({host, On("R0")});
  ReachedFor(absl::Minutes(1))(plan);
  const Decision decision = Decide(plan);
  EXPECT_EQ(decision.phase, Phase::kRollingBack);
  EXPECT_EQ(decision.reason, "HostFailed");
}

TEST(Canary, CompleteOnlyWithAllStepsDone) {
  PlanView plan = Plan({KeptWarm()});
  plan.strategy.steps = {Step(HostLimit::Count(1), 1000, absl::Minutes(2))};
  EXPECT_EQ(Decide(plan).phase, Phase::kProgressing);
  plan.rollout.steps_done = 1;
  EXPECT_EQ(Decide(plan).phase, Phase::kComplete);
}

TEST(SpreadOrder, TakesOneOfEachInTurn) {
  EXPECT_THAT(SpreadOrder({"a", "a", "a", "b", "c", "c"}),
              ElementsAre(0, 3, 4, 1, 5, 2));
  EXPECT_THAT(SpreadOrder({"b", "", "a"}), ElementsAre(1, 2, 0));
  EXPECT_THAT(SpreadOrder({}), ElementsAre());
}

}  // namespace
}  // namespace rollout::decide
