// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/removal.h"

#include "gtest/gtest.h"
#include "tests/agent/decide/decision_table.h"

namespace rollout::agent {
namespace {

TEST(DecideRemoval, EndsWhateverIsThereAndStartsNothing) {
  const Case kCases[] = {
      {"nobody is meant to serve", {}, {Serving(1, "R0")}, "weights "},
      {"of two with a share",
       {},
       {Serving(1, "R0", 500), Serving(2, "R1", 500)},
       "weights "},
      {"a dead one has no weight either",
       {},
       {Dead(Serving(1, "R0"))},
       "weights "},
      {"drained, all that run",
       {},
       {Warm(1, "R0"), Starting(2, "R1")},
       "drain 1, drain 2"},
      {"once", {}, {Draining(Warm(1, "R0"))}, ""},
      {"a part of it is left", {}, {Draining(Dying(Warm(1, "R0")))}, ""},
      {"one that crashed is ended already", {}, {Dying(Warm(1, "R0"))}, ""},
      {"what has ended is forgotten",
       {},
       {Draining(Dead(Warm(1, "R0"))), Draining(Warm(2, "R1"))},
       "forget 1"},
      {"nothing is left", {}, {}, "end the shim"},
      {"what was wanted is not started",
       {Want("R0", 1000)},
       {},
       "end the shim"},
      {"nor is it given up",
       {Want("R0", 1000)},
       {Dead(Warm(1, "R0"))},
       "forget 1"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(InWords(DecideRemoval({c.revisions, c.generations})), c.decision);
  }
}

TEST(DecideRemoval, NobodyWaitsForASuccessor) {
  EXPECT_EQ(InWords(DecideRemoval(Held({}, {Draining(Warm(1, "R0"))}))),
            "weights ");
  EXPECT_EQ(InWords(DecideRemoval(Held({}, {}))), "weights ");
}

}  // namespace
}  // namespace rollout::agent
