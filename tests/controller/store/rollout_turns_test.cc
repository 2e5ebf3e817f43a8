// SPDX-License-Identifier: Apache-2.0

#include "controller/store/rollout_turns.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "controller/store/catalog.h"
#include "controller/store/plan_change.h"
#include "controller/store/rollout_status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1000000);

v1::Cause By(const std::string& user) {
  v1::Cause cause;
  cause.set_user(user);
  cause.set_message("ticket 7");
  return cause;
}

// A rollout that ann has started: a step that bakes, one that asks for an
// approval, and one that asks for another one's.
class CanaryTurnsTest : public ::testing::Test {
 protected:
  CanaryTurnsTest() : change_(*catalog_, "web", kNow) {
    v1::PlanSpec spec;
    for (auto approval : {v1::CanaryStep::NONE, v1::CanaryStep::REQUIRED,
                          v1::CanaryStep::FOUR_EYES}) {
      v1::CanaryStep* step = spec.mutable_strategy()->add_steps();
      step->mutable_hosts()->set_count(1);
      step->set_weight(50);
      *step->mutable_bake() = ToProto(absl::Minutes(1));
      step->set_approval(approval);
    }
    change_.SetSpec(spec);
    change_.StartRollout(By("ann"));
    rollout().set_stable_revision("R0");
  }
  ~CanaryTurnsTest() override { store_.Close(); }

  v1::Rollout& rollout() { return change_.rollout(); }
  void At(int steps_done, bool reached = true) {
    rollout().set_steps_done(steps_done);
    rollout().clear_step();
    if (reached) *rollout().mutable_step()->mutable_reached() = ToProto(kNow);
  }
  using Turn = absl::StatusOr<std::string> (*)(PlanChange&, const Word&);
  // The reason of the event, or what it was told.
  std::string Do(Turn turn, const std::string& user = "bob") {
    const v1::Cause cause = By(user);
    auto done = turn(change_, {cause, kNow});
    return done.ok() ? *done : std::string(done.status().message());
  }

  MemoryStore store_;
  std::unique_ptr<Catalog> catalog_ = *Catalog::Open(store_);
  PlanChange change_;
};

TEST_F(CanaryTurnsTest, APromotionEndsTheBakeOfAStepThatIsThere) {
  At(0, /*reached=*/false);
  EXPECT_THAT(Do(PromoteStep),
              HasSubstr("canary step 1 of rollout 1 of web is under way: "
                        "nothing waits"));
  At(0);
  EXPECT_EQ(Do(PromoteStep), "CanaryStepPromoted");
  EXPECT_TRUE(rollout().step().promoted());
  EXPECT_THAT(Do(PromoteStep), HasSubstr("bakes no longer"));
  At(1);
  EXPECT_EQ(Do(PromoteStep), "CanaryStepPromoted");
  EXPECT_THAT(Do(PromoteStep), HasSubstr("use 'rolloutctl approve'"));
  // It has baked by itself.
  At(1);
  *rollout().mutable_step()->mutable_reached() =
      ToProto(kNow - absl::Minutes(2));
  EXPECT_THAT(Do(PromoteStep), HasSubstr("use 'rolloutctl approve'"));
  At(3);
  EXPECT_THAT(Do(PromoteStep), HasSubstr("has its canary steps behind it"));
}

TEST_F(CanaryTurnsTest, WithoutStepsThereIsNothingToSayAboutThem) {
  change_.SetSpec({});
  struct Case {
    Turn turn;
    const char* verb;
  };
  const Case kCases[] = {{PromoteStep, "promote"},
                         {PromoteFully, "promote"},
                         {ApproveStep, "approve"},
                         {RejectStep, "reject"}};
  for (const Case& c : kCases) {
    EXPECT_EQ(Do(c.turn), absl::StrCat("rollout 1 of web has no canary steps: "
                                       "nothing to ",
                                       c.verb));
  }
}

TEST_F(CanaryTurnsTest, AFullPromotionStandsForNoApproval) {
  At(0);
  EXPECT_THAT(Do(PromoteFully), HasSubstr("canary step 2 of rollout 1 of web "
                                          "asks for an approval"));
  At(2);
  EXPECT_THAT(Do(PromoteFully), HasSubstr("canary step 3"));
  EXPECT_EQ(Do(ApproveStep), "CanaryStepApproved");
  EXPECT_EQ(Do(PromoteFully), "RolloutPromoted");
  EXPECT_EQ(rollout().steps_done(), 3u);
  EXPECT_FALSE(rollout().has_step());
}

TEST_F(CanaryTurnsTest, AStepIsApprovedOfOnceWhereItAsks) {
  At(0);
  EXPECT_THAT(Do(ApproveStep), HasSubstr("asks for no approval"));
  At(1, /*reached=*/false);
  EXPECT_THAT(Do(ApproveStep), HasSubstr("is under way: there is nothing to "
                                         "approve yet"));
  At(1);
  EXPECT_EQ(Do(ApproveStep, "ann"), "CanaryStepApproved");
  EXPECT_EQ(rollout().step().approval().user(), "ann");
  EXPECT_EQ(rollout().step().approval().message(), "ticket 7");
  EXPECT_THAT(Do(ApproveStep), HasSubstr("was approved of by ann already"));
}

TEST_F(CanaryTurnsTest, FourEyesAreNotThoseOfWhoStartedIt) {
  At(2);
  const v1::Cause ann = By("ann");
  const absl::Status refused = ApproveStep(change_, {ann, kNow}).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_THAT(refused.message(),
              HasSubstr("asks for four eyes (approval: fourEyes), and ann "
                        "started the rollout"));
  EXPECT_FALSE(rollout().step().has_approval());
  EXPECT_EQ(Do(ApproveStep, "bob"), "CanaryStepApproved");
}

TEST_F(CanaryTurnsTest, ANoTurnsTheRolloutBack) {
  At(0);
  EXPECT_THAT(Do(RejectStep), HasSubstr("asks for no approval"));
  At(1);
  rollout().set_paused(true);
  EXPECT_EQ(Do(RejectStep), "CanaryStepRejected");
  EXPECT_EQ(rollout().phase(), v1::ROLLING_BACK);
  EXPECT_EQ(rollout().reason(), "Rejected");
  EXPECT_EQ(rollout().message(), "by bob: ticket 7");
  EXPECT_FALSE(rollout().paused());
  EXPECT_THAT(Do(ApproveStep), HasSubstr("is going back already (Rejected)"));
}

TEST_F(CanaryTurnsTest, WithoutAStableRevisionANoEndsIt) {
  At(1);
  rollout().clear_stable_revision();
  EXPECT_EQ(Do(RejectStep), "CanaryStepRejected");
  EXPECT_EQ(rollout().phase(), v1::FAILED);
  EXPECT_THAT(rollout().message(), HasSubstr("no stable revision"));
  for (Turn turn : {PromoteStep, PromoteFully, ApproveStep, RejectStep}) {
    EXPECT_THAT(Do(turn), HasSubstr("web has no rollout under way"));
  }
}

TEST_F(CanaryTurnsTest, OtherStepsBeginWithTheFirst) {
  v1::PlanSpec spec = change_.plan().plan().spec();
  At(2);
  spec.mutable_strategy()->mutable_max_surge()->set_count(3);
  change_.SetSpec(spec);
  EXPECT_EQ(rollout().steps_done(), 2u);
  spec.mutable_strategy()->mutable_steps(2)->set_weight(100);
  change_.SetSpec(spec);
  EXPECT_EQ(rollout().steps_done(), 0u);
  EXPECT_FALSE(rollout().has_step());
}

TEST_F(CanaryTurnsTest, APauseMakesTheBakeBeginAnew) {
  At(1);
  EXPECT_EQ(Do(PauseRollout), "RolloutPaused");
  EXPECT_EQ(rollout().reason(), "PausedByOperator");
  EXPECT_EQ(rollout().message(), "by bob: ticket 7");
  EXPECT_EQ(Do(ResumeRollout), "RolloutResumed");
  EXPECT_EQ(rollout().reason(), "");
  EXPECT_EQ(rollout().steps_done(), 1u);
  EXPECT_FALSE(rollout().step().has_reached());
}

TEST_F(CanaryTurnsTest, AfterAPauseOnTheWayBackItGoesOnBack) {
  At(1);
  SetPhase(&rollout(), v1::ROLLING_BACK, "HostFailed", "host h1: died", kNow);
  EXPECT_EQ(Do(PauseRollout), "RolloutPaused");
  EXPECT_EQ(rollout().reason(), "HostFailed");
  EXPECT_EQ(Do(ResumeRollout), "RolloutResumed");
  EXPECT_EQ(rollout().phase(), v1::ROLLING_BACK);
  EXPECT_EQ(rollout().number(), 1);
  EXPECT_EQ(rollout().reason(), "HostFailed");
}

TEST_F(CanaryTurnsTest, ANewRolloutBeginsWithItsFirstStep) {
  At(2);
  change_.StartRollout(By("ann"));
  EXPECT_EQ(rollout().steps_done(), 0u);
  EXPECT_FALSE(rollout().has_step());
}

TEST_F(CanaryTurnsTest, ARetryIsAnotherRolloutToTheSame) {
  const std::string revision = rollout().revision();
  EXPECT_THAT(Do(RetryRollout), HasSubstr("is under way"));
  SetPhase(&rollout(), v1::ROLLING_BACK, "HostFailed", "h1", kNow);
  EXPECT_THAT(Do(RetryRollout), HasSubstr("is under way"));
  SetPhase(&rollout(), v1::ROLLED_BACK, "HostFailed", "h1", kNow);
  EXPECT_EQ(Do(RetryRollout), "RolloutCreated");
  EXPECT_EQ(rollout().number(), 2);
  EXPECT_EQ(rollout().revision(), revision);
  EXPECT_EQ(rollout().phase(), v1::PROGRESSING);
  EXPECT_EQ(rollout().cause().user(), "bob");
  SetPhase(&rollout(), v1::COMPLETE, "Complete", "", kNow);
  EXPECT_THAT(Do(RetryRollout), HasSubstr("is complete: nothing to retry"));
}

}  // namespace
}  // namespace rollout::store
