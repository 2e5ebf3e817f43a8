// SPDX-License-Identifier: Apache-2.0
//
// The course of a rollout as a whole: its phases, its counts, and what it waits
// for.

#include <functional>
#include <string>
#include <vector>

#include "controller/decide/decision.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::decide {
namespace {

using ::testing::HasSubstr;

TEST(Decide, ChangesThePhase) {
  struct PhaseCase {
    const char* name;
    std::vector<HostView> hosts;
    Phase phase;
    const char* reason;
    const char* message;
    std::function<void(PlanView&)> change = [](PlanView&) {};
  };
  auto deadline = [](PlanView& plan) {
    plan.rollout.progressed = plan.rollout.running_since =
        plan.rollout.unpaused_since = Now() - absl::Seconds(600);
  };
  auto first = [](PlanView& plan) { plan.rollout.stable_revision = ""; };
  HostView late = Begun();
  late.began = Now() - absl::Seconds(300);
  const PhaseCase kCases[] = {
      {"every host is there",
       {On("R1"), KeptWarm()},
       Phase::kComplete,
       "Complete",
       "2 of 2"},
      {"one is lost that may be out",
       {On("R1"), Lost(On("R0"))},
       Phase::kComplete,
       "Complete",
       "1 of 2",
       [](PlanView& plan) {
         plan.strategy.max_unavailable = HostLimit::Count(1);
       }},
      {"one is lost that may not",
       {On("R1"), Lost(On("R0"))},
       Phase::kProgressing,
       "",
       ""},
      {"it failed in the dark",
       {FailedDark(), On("R0")},
       Phase::kRollingBack,
       "HostFailed",
       "host h0: exited with status 1"},
      {"it failed after the flip",
       {On("R1"), FailedAfterFlip()},
       Phase::kRollingBack,
       "HostFailed",
       "host h1"},
      {"it failed in an earlier attempt, which is no verdict",
       {InChange({W("R0", 1000), W("R1", 0, 1)},
                 {Serving("R0"), Failed("R1", 1)})},
       Phase::kProgressing,
       "",
       ""},
      {"the old revision crashed, which is no verdict",
       {Settled({W("R0", 1000)}, {Failed("R0")})},
       Phase::kProgressing,
       "",
       ""},
      {"a host took 300 s",
       {late},
       Phase::kRollingBack,
       "HostDeadlineExceeded",
       "did not get there in 5m"},
      {"no clock runs from before the controller began",
       {late},
       Phase::kProgressing,
       "",
       "",
       [](PlanView& plan) { plan.rollout.running_since = Now(); }},
      {"no progress for 600 s",
       {Broken("R1"), On("R0")},
       Phase::kRollingBack,
       "ProgressDeadlineExceeded",
       "no host got there in 10m",
       deadline},
      {"while it waited its clock stood still",
       {Broken("R1"), On("R0")},
       Phase::kProgressing,
       "",
       "",
       [deadline](PlanView& plan) {
         deadline(plan);
         plan.rollout.waiting_since = Now() - absl::Seconds(1);
       }},
      {"no way back",
       {FailedDark()},
       Phase::kFailed,
       "NoStableRevision",
       "exited with status 1",
       first},
      {"the way back is where it failed",
       {FailedDark()},
       Phase::kFailed,
       "HostFailed",
       "this is the stable revision",
       [](PlanView& plan) { plan.rollout.stable_revision = "R1"; }},
      {"back", {On("R0"), On("R0")}, Phase::kRolledBack, "", "", RollingBack},
      {"back, as asked",
       {On("R0")},
       Phase::kAborted,
       "",
       "",
       [](PlanView& plan) {
         RollingBack(plan);
         plan.rollout.aborted = true;
       }},
      {"back but for a lost one",
       {On("R0"), Lost(KeptWarm())},
       Phase::kRolledBack,
       "",
       "",
       RollingBack},
      {"not back while one drains",
       {InChange({W("R0", 1000, 2)}, {Draining("R1"), Serving("R0", 60)})},
       Phase::kRollingBack,
       "",
       "",
       RollingBack},
      {"nothing moves on the way back",
       {FailedDark(),
        InChange({W("R0", 1000, 2)}, {Draining("R1"), Serving("R0", 1)})},
       Phase::kFailed,
       "RollbackFailed",
       "no host got back in 10m; 2 have not: host h0: is disconnected; host "
       "h1: does not serve",
       [deadline](PlanView& plan) {
         RollingBack(plan);
         deadline(plan);
         plan.hosts[0].connected = false;
         plan.hosts[1].began = Now();
       }},
      {"going back failed",
       {InChange({W("R0", 1000, 2)}, {Failed("R0", 2)}), On("R0")},
       Phase::kFailed,
       "RollbackFailed",
       "host h0",
       RollingBack},
  };
  for (const PhaseCase& c : kCases) {
    SCOPED_TRACE(c.name);
    PlanView plan = Plan(c.hosts);
    c.change(plan);
    Decision decision = Decide(plan);
    EXPECT_EQ(decision.phase, c.phase);
    EXPECT_EQ(decision.reason, c.reason);
    EXPECT_THAT(decision.message, HasSubstr(c.message));
    if (decision.phase != plan.rollout.phase) {
      EXPECT_EQ(Text(decision.step), "nothing");
    }
  }
}

TEST(Decide, WithoutAutomaticRollbackAFailurePauses) {
  PlanView plan = Plan({FailedDark()});
  plan.strategy.auto_rollback = false;
  Decision decision = Decide(plan);
  EXPECT_TRUE(decision.paused);
  EXPECT_EQ(decision.phase, Phase::kProgressing);
  EXPECT_EQ(decision.reason, "HostFailed");
}

TEST(Decide, TheWayBackHasADeadlineOfItsOwn) {
  // It begins when the way back does, and again with every host that goes.
  EXPECT_TRUE(Decide(Plan({FailedDark(), KeptWarm()})).progressed);
  PlanView plan = Plan({FailedDark()});
  RollingBack(plan);
  EXPECT_TRUE(Decide(plan).progressed);
  plan.hosts = {InChange({W("R0", 1000, 2)}, {Draining("R1"), Serving("R0")})};
  plan.strategy.host_deadline = absl::Hours(1);
  plan.strategy.min_ready = absl::Minutes(30);
  EXPECT_EQ(Decide(plan).next - Now(), absl::Seconds(540));
}

TEST(Decide, SaysWhatItWaitsFor) {
  Decision no_hosts = Decide(Plan({}));
  EXPECT_EQ(no_hosts.waiting, "NoHosts");
  EXPECT_EQ(no_hosts.phase, Phase::kProgressing);
  Decision down = Decide(Plan({On("R1"), Lost(On("R0"))}));
  EXPECT_EQ(down.waiting, "HostsUnavailable");
  EXPECT_THAT(down.waiting_message, HasSubstr("h1 (disconnected)"));
  Decision died = Decide(Plan({Lost(On("R1")), On("R0")}));
  EXPECT_EQ(died.waiting, "HostsUnavailable");
  EXPECT_THAT(died.waiting_message, HasSubstr("h0 (disconnected)"));
  // The clock runs for a host that the rollout itself put out of service.
  EXPECT_EQ(Decide(Plan({Broken("R1"), On("R0")})).waiting, "");
}

TEST(Decide, SaysWhenTimeAloneChangesSomething) {
  struct TimeCase {
    const char* name;
    std::vector<HostView> hosts;
    absl::Duration after;
  };
  const TimeCase kCases[] = {
      {"minReady", {Flipped(4)}, absl::Seconds(6)},
      {"hostDeadline, 20 s gone", {Begun()}, absl::Seconds(280)},
      {"progressDeadline, 60 s gone",
       {Broken("R1"), On("R0")},
       absl::Seconds(540)},
      {"keepWarm, 20 s gone, after hostDeadline",
       {KeptWarm(), Begun()},
       absl::Seconds(280)},
      {"nothing while it waits", {}, absl::InfiniteDuration()},
  };
  for (const TimeCase& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Decide(Plan(c.hosts)).next - Now(), c.after);
  }
}

TEST(Decide, SilenceIsNotTakenForHealth) {
  // Seen serving for 4 s of 10, 8 s ago.
  HostView silent = Flipped(4);
  silent.observed_for = absl::Seconds(8);
  Decision decision = Decide(Plan({silent}));
  EXPECT_EQ(Text(decision.step), "nothing");
  // hostDeadline, 20 s gone.
  EXPECT_EQ(decision.next - Now(), absl::Seconds(280));
  // It will have got there in 2 s: time to look again.
  silent.observed_for = absl::Seconds(4);
  EXPECT_EQ(Decide(Plan({silent})).next - Now(), absl::Seconds(2));
}

TEST(Decide, CountsAsTheLimitsDo) {
  Counts counts = Decide(Plan({KeptWarm(), DarkAndReady(), Lost(On("R0")),
                               Broken("R0"), On("R0"), On("R1")}))
                      .counts;
  EXPECT_EQ(counts.desired, 6);
  EXPECT_EQ(counts.updated, 2);
  EXPECT_EQ(counts.unavailable, 2);
  EXPECT_EQ(counts.in_change, 1);
  EXPECT_EQ(counts.overlapping, 2);
  EXPECT_EQ(counts.failed, 0);
}

}  // namespace
}  // namespace rollout::decide
