// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/decide.h"

#include <string>

#include "agent/decide/phase.h"
#include "agent/decide/restart_policy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/decide/decision_table.h"

namespace rollout::agent {
namespace {

TEST(Decide, BringsUpWhatIsWanted) {
  Check({
      {"fetch first",
       {Want("R0", 1000, ArtifactState::kMissing)},
       {},
       "fetch R0"},
      {"a fetch under way is waited for",
       {Want("R0", 1000, ArtifactState::kFetching)},
       {},
       ""},
      {"then start", {Want("R0", 1000)}, {}, "start R0"},
      {"starting: wait", {Want("R0", 1000)}, {Starting(1, "R0")}, ""},
      {"ready: give it the clients",
       {Want("R0", 1000)},
       {Ready(1, "R0")},
       "weights 1:1000"},
      {"settled", {Want("R0", 1000)}, {Serving(1, "R0")}, ""},
      {"two at once",
       {Want("R0", 1000), Want("R1", 0)},
       {},
       "start R0, start R1"},
  });
}

TEST(Decide, OneThatUpgradesItselfStartsNothingDark) {
  Check({
      {"the successor gets all when it is there",
       {ByUpgrade(Want("R0", 0)), ByUpgrade(Want("R1", 1000))},
       {Serving(1, "R0")},
       "start R1"},
      {"not before it shall have clients",
       {ByUpgrade(Want("R0", 1000)), ByUpgrade(Want("R1", 0))},
       {Serving(1, "R0")},
       ""},
      {"asked for, and not there yet",
       {ByUpgrade(Want("R0", 0)), ByUpgrade(Want("R1", 1000))},
       {Serving(1, "R0"), Awaited(2, "R1")},
       ""},
      {"one that can rest stays warm",
       {ByUpgrade(Want("R0", 0)), ByUpgrade(Want("R1", 1000))},
       {Warm(1, "R0"), Serving(2, "R1")},
       ""},
      {"one that can't has to go, and is not started again",
       {ByUpgrade(Want("R0", 0)), ByUpgrade(Want("R1", 1000))},
       {Restless(Warm(1, "R0")), Serving(2, "R1")},
       "drain 1"},
      {"gone",
       {ByUpgrade(Want("R0", 0)), ByUpgrade(Want("R1", 1000))},
       {Serving(2, "R1")},
       ""},
      {"back to it: an upgrade like any other",
       {ByUpgrade(Want("R0", 1000)), ByUpgrade(Want("R1", 0))},
       {Serving(2, "R1")},
       "start R0"},
      {"one after the other",
       {ByUpgrade(Want("R1", 0)), ByUpgrade(Want("R2", 1000))},
       {Draining(Warm(1, "R0")), Serving(2, "R1")},
       ""},
      {"nobody is left to serve but the one of before",
       {ByUpgrade(Want("R0", 0)), ByUpgrade(Rejected(Want("R1", 1000)))},
       {},
       "start R0"},
  });
}

TEST(Decide, SwapsInSteps) {
  Check({
      {"the candidate starts beside the old one",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0")},
       "start R1"},
      {"dark: ready, and no weight is asked for",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0"), Ready(2, "R1")},
       ""},
      {"asked to flip before it is ready: the old one keeps all",
       {Want("R0", 0), Want("R1", 1000)},
       {Serving(1, "R0"), Starting(2, "R1")},
       ""},
      {"flip",
       {Want("R0", 0), Want("R1", 1000)},
       {Serving(1, "R0"), Ready(2, "R1")},
       "weights 2:1000"},
      {"warm stays",
       {Want("R0", 0), Want("R1", 1000)},
       {Warm(1, "R0"), Serving(2, "R1")},
       ""},
      {"no longer wanted: drain",
       {Want("R1", 1000)},
       {Warm(1, "R0"), Serving(2, "R1")},
       "drain 1"},
      {"draining: wait",
       {Want("R1", 1000)},
       {Draining(Warm(1, "R0")), Serving(2, "R1")},
       ""},
      {"gone: forget",
       {Want("R1", 1000)},
       {Dead(Draining(Warm(1, "R0"))), Serving(2, "R1")},
       "forget 1"},
      {"shares",
       {Want("R0", 950), Want("R1", 50)},
       {Serving(1, "R0"), Ready(2, "R1")},
       "weights 1:950 2:50"},
      {"flip and drain asked for at once: the flip comes first",
       {Want("R1", 1000)},
       {Serving(1, "R0"), Ready(2, "R1")},
       "weights 2:1000"},
      {"the old one is not ended before the new one serves",
       {Want("R1", 1000)},
       {Serving(1, "R0"), Starting(2, "R1")},
       ""},
      {"back while warm",
       {Want("R0", 1000), Want("R1", 0)},
       {Warm(1, "R0"), Serving(2, "R1")},
       "weights 1:1000"},
      {"back while it drains: a new start",
       {Want("R0", 1000), Want("R1", 0)},
       {Draining(Warm(1, "R0")), Serving(2, "R1")},
       "start R0"},
      {"a candidate that is no longer wanted",
       {Want("R0", 1000)},
       {Serving(1, "R0"), Starting(2, "R1")},
       "drain 2"},
  });
}

TEST(Decide, GivesUpACandidateAndKeepsTheOldOne) {
  GenerationView refused = Starting(2, "R1");
  refused.problem = "it binds 0.0.0.0:80, its endpoint is 127.0.0.1:80";
  Check({
      {"exited at once",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0"), Dead(Starting(2, "R1"))},
       "fail 2 final"},
      {"not ready in time",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0"), Aged(Starting(2, "R1"), kTimeout)},
       "fail 2 final"},
      {"a problem the shim names is not waited on",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0"), refused},
       "fail 2 final"},
      {"a probe that does not pass yet has until the time-out",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0"),
        Aged(Unhealthy(Ready(2, "R1")), kTimeout - absl::Seconds(1))},
       ""},
      {"given up: drained",
       {Want("R0", 1000), Rejected(Want("R1", 0))},
       {Serving(1, "R0"), Failed(Starting(2, "R1"))},
       "drain 2"},
      {"and not tried again",
       {Want("R0", 1000), Rejected(Want("R1", 0))},
       {Serving(1, "R0")},
       ""},
  });
}

TEST(Decide, ServesAgainAfterAReboot) {
  Check({
      {"the one to go to is still starting: the one before it serves",
       {Want("R0", 0), Want("R1", 1000)},
       {Ready(3, "R0"), Starting(4, "R1")},
       "weights 3:1000"},
      {"it was given up before the reboot",
       {Want("R0", 0), Rejected(Want("R1", 1000))},
       {Ready(3, "R0")},
       "weights 3:1000"},
      {"it is ready first",
       {Want("R0", 0), Want("R1", 1000)},
       {Starting(3, "R0"), Ready(4, "R1")},
       "weights 4:1000"},
      {"a dark candidate waits for the one that has the weight",
       {Want("R0", 1000), Want("R1", 0)},
       {Starting(3, "R0"), Ready(4, "R1")},
       ""},
      {"so it does when that one was given up",
       {Rejected(Want("R0", 1000)), Want("R1", 0)},
       {Ready(4, "R1")},
       ""},
  });
}

TEST(Decide, RestartsWhatCrashed) {
  Check({
      {"a sole generation died",
       {Want("R0", 1000)},
       {Dead(Serving(1, "R0"))},
       "fail 1"},
      {"its successor waits its turn",
       {Delayed(Want("R0", 1000), absl::Seconds(1))},
       {Failed(Dead(Serving(1, "R0")))},
       ""},
      {"and is started while the queue is held",
       {Want("R0", 1000)},
       {Failed(Dead(Serving(1, "R0")))},
       "start R0"},
      {"takes the clients over",
       {Want("R0", 1000)},
       {Failed(Dead(Serving(1, "R0"))), Ready(2, "R0")},
       "weights 2:1000"},
      {"then the dead one is forgotten",
       {Want("R0", 1000)},
       {Failed(Dead(Warm(1, "R0"))), Serving(2, "R0")},
       "forget 1"},
      {"its successor takes over though another revision is wanted and failed",
       {Want("R0", 0), Rejected(Want("R1", 1000))},
       {Failed(Dead(Serving(1, "R0"))), Ready(3, "R0")},
       "weights 3:1000"},
      {"a dead one that is not over yet holds up nothing",
       {Want("R0", 1000)},
       {Failed(Dying(Warm(1, "R0")))},
       "start R0"},
      {"a first start that fails is tried again",
       {Want("R0", 1000)},
       {Dead(Starting(1, "R0"))},
       "fail 1"},
      {"a warm one that died is only told of",
       {Want("R0", 0), Want("R1", 1000)},
       {Dead(Warm(1, "R0")), Serving(2, "R1")},
       "fail 1 final"},
  });
}

TEST(Decide, WakesForTheNextDeadline) {
  EXPECT_EQ(
      Decide({{Want("R0", 1000)}, {Aged(Starting(1, "R0"), absl::Seconds(5))}})
          .wake_after,
      absl::Seconds(10));
  EXPECT_EQ(
      Decide({{Delayed(Want("R0", 1000), absl::Seconds(2))}, {}}).wake_after,
      absl::Seconds(2));
  EXPECT_EQ(Decide({{Want("R0", 1000)}, {Serving(1, "R0")}}).wake_after,
            absl::InfiniteDuration());
}

TEST(PhaseOf, FollowsTheFacts) {
  EXPECT_EQ(PhaseOf(Starting(1, "R")), Phase::kStarting);
  EXPECT_EQ(PhaseOf(Unhealthy(Ready(1, "R"))), Phase::kListening);
  EXPECT_EQ(PhaseOf(Ready(1, "R")), Phase::kReady);
  EXPECT_EQ(PhaseOf(Serving(1, "R")), Phase::kServing);
  EXPECT_EQ(PhaseOf(Warm(1, "R")), Phase::kWarm);
  EXPECT_EQ(PhaseOf(Draining(Warm(1, "R"))), Phase::kDraining);
  EXPECT_EQ(PhaseOf(Dead(Draining(Warm(1, "R")))), Phase::kExited);
  EXPECT_EQ(PhaseOf(Failed(Dead(Serving(1, "R")))), Phase::kFailed);
}

TEST(RestartDelay, DoublesUpToHalfAMinute) {
  EXPECT_EQ(RestartDelay(1), absl::Milliseconds(100));
  EXPECT_EQ(RestartDelay(2), absl::Milliseconds(200));
  EXPECT_EQ(RestartDelay(9), absl::Milliseconds(25600));
  EXPECT_EQ(RestartDelay(10), absl::Seconds(30));
  EXPECT_EQ(RestartDelay(1000), absl::Seconds(30));
}

}  // namespace
}  // namespace rollout::agent
