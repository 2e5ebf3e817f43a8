// SPDX-License-Identifier: Apache-2.0
//
// Services that can't run twice: whose turn it is, and what goes before.

#include "agent/decide/decide.h"
#include "gtest/gtest.h"
#include "tests/agent/decide/decision_table.h"

namespace rollout::agent {
namespace {

std::string Says(const ServiceView& service) {
  return InWords(Decide(service));
}

TEST(Turns, OneGenerationAfterTheOther) {
  const std::vector<RevisionView> wanted = {Want("R0", 0), Want("R1", 1000)};
  const auto without = [](ArtifactState artifact) {
    return std::vector<RevisionView>{Want("R0", 0), Want("R1", 1000, artifact)};
  };
  // Nothing is touched before the artifact is there.
  EXPECT_EQ(Says(InTurns(without(ArtifactState::kMissing), {Serving(1, "R0")})),
            "fetch R1");
  EXPECT_EQ(
      Says(InTurns(without(ArtifactState::kFetching), {Serving(1, "R0")})), "");
  EXPECT_EQ(Says(InTurns(wanted, {Serving(1, "R0")})), "hold for R1");
  EXPECT_EQ(Says(Held(wanted, {Warm(1, "R0")})), "drain 1");
  EXPECT_EQ(Says(Held(wanted, {Draining(Warm(1, "R0"))})), "");
  // The main process has ended, a worker has not.
  EXPECT_EQ(Says(Held(wanted, {Draining(Dying(Warm(1, "R0")))})), "");
  // It is told of until the swap is over.
  EXPECT_EQ(Says(Held(wanted, {Draining(Dead(Warm(1, "R0")))})), "start R1");
  EXPECT_EQ(
      Says(Held(wanted, {Draining(Dead(Warm(1, "R0"))), Starting(2, "R1")})),
      "");
  EXPECT_EQ(Says(Held(wanted, {Draining(Dead(Warm(1, "R0"))), Ready(2, "R1")})),
            "weights 2:1000");
  EXPECT_EQ(
      Says(InTurns(wanted, {Draining(Dead(Warm(1, "R0"))), Serving(2, "R1")})),
      "forget 1");
  EXPECT_EQ(Says(InTurns(wanted, {Serving(2, "R1")})), "");
}

TEST(Turns, AfterOneThatFailedTheOneBeforeIsStartedAgain) {
  const std::vector<RevisionView> wanted = {Want("R0", 0), Want("R1", 1000)};
  const std::vector<RevisionView> rejected = {Want("R0", 0),
                                              Rejected(Want("R1", 1000))};
  const GenerationView left = Draining(Dead(Warm(1, "R0")));
  EXPECT_EQ(Says(Held(wanted, {left, Dead(Starting(2, "R1"))})),
            "fail 2 final");
  EXPECT_EQ(Says(Held(wanted, {left, Aged(Starting(2, "R1"), kTimeout)})),
            "fail 2 final");
  EXPECT_EQ(Says(Held(rejected, {left, Failed(Starting(2, "R1"))})), "drain 2");
  EXPECT_EQ(Says(Held(rejected, {left, Failed(Dead(Starting(2, "R1")))})),
            "start R0");
  EXPECT_EQ(Says(Held(rejected,
                      {left, Failed(Dead(Starting(2, "R1"))), Ready(3, "R0")})),
            "weights 3:1000");
  // There is nothing to go back to: it is tried again, after a while.
  EXPECT_EQ(Says(Held({Want("R1", 1000)}, {left, Dead(Starting(2, "R1"))})),
            "fail 2");
  EXPECT_EQ(Says(Held({Delayed(Want("R1", 1000), absl::Seconds(1))},
                      {left, Failed(Dead(Starting(2, "R1")))})),
            "");
}

TEST(Turns, ACrashIsMendedWithoutAHold) {
  const std::vector<RevisionView> wanted = {Want("R0", 1000)};
  EXPECT_EQ(Says(InTurns(wanted, {Dead(Serving(1, "R0"))})), "fail 1");
  EXPECT_EQ(Says(InTurns(wanted, {Failed(Dying(Serving(1, "R0")))})), "");
  EXPECT_EQ(Says(InTurns(wanted, {Failed(Dead(Serving(1, "R0")))})),
            "start R0");
  EXPECT_EQ(
      Says(InTurns(wanted, {Failed(Dead(Serving(1, "R0"))), Ready(2, "R0")})),
      "weights 2:1000");
}

TEST(Turns, OneThatIsNotWellIsEndedBeforeItIsTriedAgain) {
  const std::vector<RevisionView> wanted = {Want("R0", 1000)};
  EXPECT_EQ(Says(InTurns(wanted, {Unwell(Serving(1, "R0"))})), "fail 1");
  EXPECT_EQ(Says(InTurns(wanted, {Failed(Unwell(Serving(1, "R0")))})),
            "hold for R0");
  EXPECT_EQ(Says(Held(wanted, {Failed(Unwell(Warm(1, "R0")))})), "drain 1");
}

TEST(Turns, NobodyIsKeptWarmOrStartedDark) {
  EXPECT_EQ(
      Says(InTurns({Want("R0", 1000), Want("R1", 0)}, {Serving(1, "R0")})), "");
  EXPECT_EQ(Says(InTurns({Want("R0", 1000)}, {Serving(2, "R1")})),
            "hold for R0");
}

// The plan has changed its mind before the old one was asked to leave.
TEST(Turns, AHoldCanBeTakenBack) {
  EXPECT_EQ(Says(Held({Want("R0", 1000)}, {Warm(1, "R0")})), "weights 1:1000");
}

TEST(Turns, OneOfTheTwoIsEnoughToKeepThemApart) {
  ServiceView service = InTurns({Want("R1", 1000)}, {Serving(1, "R0")});
  service.revisions[0].exclusive = false;
  EXPECT_EQ(Says(service), "hold for R1");
  service.revisions[0].exclusive = true;
  service.generations[0].exclusive = false;
  EXPECT_EQ(Says(service), "hold for R1");
}

}  // namespace
}  // namespace rollout::agent
