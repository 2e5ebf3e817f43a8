// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/decision.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

struct Case {
  const char* name;
  std::vector<HostView> hosts;
  const char* step;
  // What is unlike the default plan.
  std::function<void(PlanView&)> change = [](PlanView&) {};
};

void Check(const Case& c) {
  SCOPED_TRACE(c.name);
  PlanView plan = Plan(c.hosts);
  c.change(plan);
  EXPECT_EQ(Text(Decide(plan).step), c.step);
}

TEST(Decide, OneHostGoesStepByStep) {
  const Case kCases[] = {
      {"a host that has joined since", {Fresh()}, "equip: h0 [R0:1000]"},
      {"a host that runs nothing, in a first rollout",
       {Fresh()},
       "bring in: h0 [R1:1000]",
       [](PlanView& plan) { plan.rollout.stable_revision = ""; }},
      {"beside the one that serves", {On("R0")}, "bring in: h0 [R0:0 R1:1000]"},
      {"not ready yet", {Begun()}, "nothing"},
      {"ready: the agent flips",
       {InChange({W("R0", 0), W("R1", 1000, 2)}, {Serving("R0"), Ready("R1")})},
       "nothing"},
      {"ready, clients had gone back to R0",
       {DarkAndReady()},
       "shift: h0 [R0:0 R1:1000]"},
      {"served 9 of 10 s", {Flipped(9)}, "nothing"},
      {"served 10 s", {Flipped(10)}, "settle: h0 [R0:0 R1:1000]"},
      {"the predecessor died while it was warm",
       {InChange({W("R0", 0), W("R1", 1000, 2)}, {Serving("R1")})},
       "settle: h0 [R0:0 R1:1000]"},
      {"a restarted agent has forgotten that the other one ever served",
       {InChange({W("R0", 0), W("R1", 1000, 2)}, {Ready("R0"), Serving("R1")})},
       "settle: h0 [R0:0 R1:1000]"},
      {"a stray generation has to go first",
       {InChange({W("R1", 1000, 2)}, {Serving("R1"), Draining("R0")})},
       "nothing"},
      {"the target is warm already: back at once",
       {Settled({W("R1", 0), W("R0", 1000)}, {Warm("R1"), Serving("R0")})},
       "bring in: h0 [R0:0 R1:1000]"},
      {"the one that serves is unproven, the one before it is warm",
       {InChange({W("R0", 0), W("R7", 1000)}, {Warm("R0"), Serving("R7", 3)})},
       "bring in: h0 [R0:1000 R1:0]"},
      {"out of service: nothing to keep",
       {Settled({W("R0", 1000)}, {})},
       "bring in: h0 [R1:1000]"},
      {"what it goes back to is warm: it is not ended first",
       {KeptWarm()},
       "bring in: h0 [R1:0 R0:1000]",
       [](PlanView& plan) {
         plan.rollout.phase = Phase::kRolledBack;
         plan.strategy.keep_warm = absl::ZeroDuration();
       }},
      {"failed when it was there: its clients are with the other one again",
       {Settled({W("R0", 0), W("R1", 1000, 2)},
                {Serving("R0"), Failed("R1", 2)})},
       "nothing",
       [](PlanView& plan) {
         Complete(plan);
         plan.strategy.keep_warm = absl::ZeroDuration();
       }},
      {"got there in an earlier attempt, and failed since: tried again",
       {Settled({W("R1", 1000, 1)}, {Failed("R1", 1)})},
       "bring in: h0 [R1:1000]"},
      {"failed in an earlier attempt: tried again",
       {InChange({W("R0", 1000), W("R1", 0, 1)},
                 {Serving("R0"), Failed("R1", 1)})},
       "bring in: h0 [R0:0 R1:1000]",
       [](PlanView& plan) { plan.hosts[0].failed = true; }},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, SurgeIsAWindowThatSlides) {
  const Case kCases[] = {
      {"one at a time", {On("R0"), On("R0")}, "bring in: h0 [R0:0 R1:1000]"},
      {"the window is full", {Begun(), On("R0")}, "nothing"},
      {"flipped counts until it is proven", {Flipped(5), On("R0")}, "nothing"},
      {"kept warm does not count",
       {KeptWarm(), On("R0")},
       "bring in: h1 [R0:0 R1:1000]"},
      {"two at a time",
       {On("R0"), On("R0"), On("R0")},
       "bring in: h0 [R0:0 R1:1000], h1 [R0:0 R1:1000]",
       Surge2},
      {"one of two is there",
       {Begun(), On("R0"), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       Surge2},
      {"flip before the next begins",
       {DarkAndReady(), On("R0")},
       "shift: h0 [R0:0 R1:1000]",
       Surge2},
      {"on its way to something older needs no room",
       {InChange({W("R0", 1000), W("R7", 0)}, {Serving("R0")}), On("R0")},
       "bring in: h0 [R0:0 R1:1000]"},
      {"surge 0: as many as may be out of service",
       {On("R0"), On("R0"), On("R0")},
       "bring in: h0 [R0:0 R1:1000], h1 [R0:0 R1:1000]",
       [](PlanView& plan) {
         plan.strategy.max_surge = HostLimit::Count(0);
         plan.strategy.max_unavailable = HostLimit::Count(2);
       }},
      {"surge 0: one is out already",
       {Lost(On("R0")), On("R0"), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       [](PlanView& plan) {
         plan.strategy.max_surge = HostLimit::Count(0);
         plan.strategy.max_unavailable = HostLimit::Count(2);
       }},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, HostsOutOfServiceComeFirstAndGuardTheOthers) {
  auto one_may_be_out = [](PlanView& plan) {
    plan.strategy.max_unavailable = HostLimit::Count(1);
  };
  const Case kCases[] = {
      {"the broken one first",
       {On("R0"), Broken("R0")},
       "bring in: h1 [R1:1000]",
       Surge2},
      {"a broken one that still lives keeps its place",
       {On("R0"), Settled({W("R0", 1000)}, {[] {
                            GenerationView g = Serving("R0");
                            g.ready = false;
                            return g;
                          }()})},
       "bring in: h1 [R0:0 R1:1000]",
       Surge2},
      {"a lost one stops work on healthy ones",
       {Lost(On("R0")), On("R0")},
       "nothing"},
      {"unless it may be out",
       {Lost(On("R0")), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       one_may_be_out},
      {"within its lease it counts as it was last seen",
       {[] {
          HostView host = On("R0");
          host.connected = false;
          return host;
        }(),
        On("R0")},
       "bring in: h1 [R0:0 R1:1000]"},
      {"after a restart the unheard count as in change",
       {Unheard(On("R0")), On("R0")},
       "nothing",
       one_may_be_out},
      {"until their lease is over",
       {Lost(Unheard(On("R0"))), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       one_may_be_out},
      {"work goes on as soon as the limits hold",
       {Unheard(On("R0")), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       [](PlanView& plan) {
         plan.strategy.max_surge = HostLimit::Count(2);
         plan.strategy.max_unavailable = HostLimit::Count(1);
       }},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, OverlapMakesRoomByEndingTheOldestWarm) {
  auto overlap = [](int hosts) {
    return [hosts](PlanView& plan) {
      plan.strategy.max_overlap = HostLimit::Count(hosts);
      plan.hosts[0].changed = Now() - absl::Seconds(30);
    };
  };
  HostView leaving =
      Settled({W("R1", 1000, 2)}, {Draining("R0"), Serving("R1")});
  const Case kCases[] = {
      {"room for one more",
       {KeptWarm(), KeptWarm(), On("R0")},
       "bring in: h2 [R0:0 R1:1000]",
       overlap(3)},
      {"full: the oldest goes",
       {KeptWarm(), KeptWarm(), On("R0")},
       "end warm: h0 [R1:1000]",
       overlap(2)},
      {"one leaves already: wait for it",
       {KeptWarm(), leaving, On("R0")},
       "nothing",
       overlap(2)},
      {"nobody waits: keep them", {KeptWarm(), Begun()}, "nothing", overlap(2)},
      {"kept warm by a host that has not reported since the controller began",
       {Unheard(KeptWarm()), KeptWarm(), On("R0")},
       "end warm: h1 [R1:1000]",
       [](PlanView& plan) {
         plan.strategy.max_overlap = HostLimit::Count(2);
         plan.strategy.max_unavailable = HostLimit::Count(1);
         Surge2(plan);
       }},
      {"one that overlaps already waits for nobody who may not",
       {On("R0"), InChange({W("R0", 0), W("R2", 1000)}, {Serving("R0")})},
       "bring in: h1 [R0:0 R1:1000]",
       [](PlanView& plan) {
         plan.strategy.max_overlap = HostLimit::Count(1);
         plan.hosts[1].began = Now() - absl::Minutes(10);
         plan.hosts[1].failed = true;
       }},
      {"a host that runs nothing needs no room",
       {KeptWarm(), Fresh()},
       "equip: h1 [R0:1000]",
       overlap(1)},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, WarmOnesEndInTime) {
  auto warm_for = [](int minutes) {
    return [minutes](PlanView& plan) {
      plan.hosts[0].changed = Now() - absl::Minutes(minutes);
    };
  };
  const Case kCases[] = {
      {"9 of 10 minutes", {KeptWarm(), Begun()}, "nothing", warm_for(9)},
      {"10 minutes",
       {KeptWarm(), Begun()},
       "end warm: h0 [R1:1000]",
       warm_for(10)},
      {"the rollout is complete",
       {KeptWarm(), KeptWarm()},
       "end warm: h0 [R1:1000], h1 [R1:1000]",
       Complete},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, PausedMeansNoNewWork) {
  const Case kCases[] = {
      {"no host begins", {On("R0")}, "nothing", Paused},
      {"no host flips", {DarkAndReady()}, "nothing", Paused},
      {"what got there is written down",
       {Flipped(10)},
       "settle: h0 [R0:0 R1:1000]",
       Paused},
      {"no host goes back",
       {FailedDark()},
       "nothing",
       [](PlanView& plan) {
         RollingBack(plan);
         Paused(plan);
       }},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, GoesBackAtOnceWhereTheStableRevisionLives) {
  HostView gone = Settled({W("R1", 1000, 2)}, {Serving("R1")});
  const Case kCases[] = {
      {"all at once, whatever the surge",
       {FailedDark(), Flipped(3), KeptWarm(), On("R0")},
       "go back: h0 [R0:1000], h1 [R0:1000], h2 [R0:1000]",
       RollingBack},
      {"the agent has switched back already",
       {FailedAfterFlip()},
       "go back: h0 [R0:1000]",
       RollingBack},
      {"the others one at a time",
       {gone, gone},
       "go back: h0 [R0:1000]",
       RollingBack},
      {"broken ones first",
       {gone, InChange({W("R1", 1000, 2)}, {Failed("R1", 2)})},
       "go back: h1 [R0:1000]",
       RollingBack},
      {"the window is full",
       {InChange({W("R0", 1000, 2)}, {Serving("R1"), Starting("R0")}), gone},
       "nothing",
       RollingBack},
      {"what drains leaves the window open",
       {InChange({W("R0", 1000, 2)}, {Draining("R1"), Serving("R0", 1)}), gone},
       "go back: h1 [R0:1000]",
       RollingBack},
      {"a lost one takes no room in the overlap",
       {Lost(KeptWarm()), gone},
       "go back: h1 [R0:1000]",
       [](PlanView& plan) {
         RollingBack(plan);
         plan.strategy.max_overlap = HostLimit::Count(1);
       }},
      {"lost ones are left", {Lost(KeptWarm())}, "nothing", RollingBack},
      {"what a superseded rollout left has to go back too",
       {On("R0"), On("R7")},
       "go back: h1 [R0:1000]",
       RollingBack},
      {"untouched ones are left", {On("R0"), Fresh()}, "nothing", RollingBack},
  };
  for (const Case& c : kCases) Check(c);
}

TEST(Decide, AfterTheEndNewHostsAreGivenTheSameRevision) {
  const Case kCases[] = {
      {"a new host of a complete plan",
       {On("R1"), Fresh()},
       "bring in: h1 [R1:1000]",
       Complete},
      {"one that missed the rollout",
       {On("R1"), On("R0")},
       "bring in: h1 [R0:0 R1:1000]",
       Complete},
      {"after a rollback it is the stable revision",
       {On("R0"), Fresh()},
       "bring in: h1 [R0:1000]",
       [](PlanView& plan) { plan.rollout.phase = Phase::kRolledBack; }},
      {"after a failure nothing is touched",
       {On("R0"), Fresh()},
       "nothing",
       [](PlanView& plan) { plan.rollout.phase = Phase::kFailed; }},
  };
  for (const Case& c : kCases) Check(c);
}

}  // namespace
}  // namespace rollout::decide
