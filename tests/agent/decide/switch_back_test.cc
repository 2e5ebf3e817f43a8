// SPDX-License-Identifier: Apache-2.0
//
// Who gets the clients when the one that has them fails.

#include "agent/decide/decide.h"
#include "gtest/gtest.h"
#include "tests/agent/decide/decision_table.h"

namespace rollout::agent {
namespace {

TEST(Decide, SwitchesBackToAWarmPredecessor) {
  Check({
      {"the new one died",
       {Want("R0", 0), Want("R1", 1000)},
       {Warm(1, "R0"), Dead(Serving(2, "R1"))},
       "fail 2 final"},
      {"its clients go back",
       {Want("R0", 0), Rejected(Want("R1", 1000))},
       {Warm(1, "R0"), Failed(Dead(Serving(2, "R1")))},
       "weights 1:1000"},
      {"the new one turned unhealthy",
       {Want("R0", 0), Want("R1", 1000)},
       {Warm(1, "R0"), Unhealthy(Serving(2, "R1"))},
       "fail 2 final"},
      {"its clients go back, then it is drained",
       {Want("R0", 0), Rejected(Want("R1", 1000))},
       {Warm(1, "R0"), Failed(Unhealthy(Serving(2, "R1")))},
       "weights 1:1000"},
      {"no way back while it comes back to health: it was given up",
       {Want("R0", 0), Rejected(Want("R1", 1000))},
       {Serving(1, "R0"), Failed(Warm(2, "R1"))},
       "drain 2"},
      {"unhealthy without a predecessor: better than nothing",
       {Want("R1", 1000)},
       {Unhealthy(Serving(2, "R1"))},
       ""},
      {"an unhealthy old one does not hand over to a dark candidate",
       {Want("R0", 1000), Want("R1", 0)},
       {Unhealthy(Serving(1, "R0")), Ready(2, "R1")},
       ""},
      {"nor does a dead one: its clients wait for the restart",
       {Want("R0", 1000), Want("R1", 0)},
       {Failed(Dead(Serving(1, "R0"))), Ready(2, "R1")},
       "start R0"},
  });
}

TEST(Decide, SwitchesBackWhenTheErrorBudgetIsSpent) {
  Check({
      {"the warm predecessor gets the clients back",
       {Want("R0", 0), Want("R1", 1000)},
       {Warm(1, "R0"), Overspent(Serving(2, "R1"))},
       "fail 2 final"},
      {"all of them, from one that had a share",
       {Want("R0", 950), Want("R1", 50)},
       {Serving(1, "R0", 950), Overspent(Serving(2, "R1", 50))},
       "fail 2 final"},
      {"nobody to go back to: better than nothing",
       {Want("R1", 1000)},
       {Overspent(Serving(2, "R1"))},
       ""},
      {"nor is one that is not well",
       {Want("R0", 0), Want("R1", 1000)},
       {Failed(Unwell(Warm(1, "R0"))), Overspent(Serving(2, "R1"))},
       "drain 1"},
      {"both fail too often: it is neither's fault",
       {Want("R0", 950), Want("R1", 50)},
       {Overspent(Serving(1, "R0", 950)), Overspent(Serving(2, "R1", 50))},
       ""},
      {"the old one fails too often: it does not hand over to a candidate",
       {Want("R0", 1000), Want("R1", 0)},
       {Overspent(Serving(1, "R0")), Ready(2, "R1")},
       ""},
  });
}

TEST(Decide, GivesUpWhatIsNotWellAnyMore) {
  Check({
      {"the warm predecessor gets the clients back",
       {Want("R0", 0), Want("R1", 1000)},
       {Warm(1, "R0"), Unwell(Serving(2, "R1"))},
       "fail 2 final"},
      {"without one it is tried again",
       {Want("R0", 1000)},
       {Unwell(Serving(1, "R0"))},
       "fail 1"},
      {"it keeps its clients until there is another",
       {Want("R0", 1000)},
       {Failed(Unwell(Serving(1, "R0")))},
       "start R0"},
      {"the other takes over when it is ready",
       {Want("R0", 1000)},
       {Failed(Unwell(Serving(1, "R0"))), Ready(2, "R0")},
       "weights 2:1000"},
      {"then it is ended",
       {Want("R0", 1000)},
       {Failed(Unwell(Warm(1, "R0"))), Serving(2, "R0")},
       "drain 1"},
      {"a candidate that is ready and not well",
       {Want("R0", 1000), Want("R1", 0)},
       {Serving(1, "R0"), Unwell(Ready(2, "R1"))},
       "fail 2 final"},
      {"both at once: neither is given up for good",
       {Want("R0", 0), Want("R1", 1000)},
       {Unwell(Warm(1, "R0")), Unwell(Serving(2, "R1"))},
       "fail 1, fail 2"},
      {"one that leaves may be as it is",
       {Want("R1", 1000)},
       {Draining(Unwell(Warm(1, "R0"))), Serving(2, "R1")},
       ""},
  });
}

}  // namespace
}  // namespace rollout::agent
