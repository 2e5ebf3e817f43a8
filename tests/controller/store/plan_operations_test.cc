// SPDX-License-Identifier: Apache-2.0

#include "controller/store/plan_operations.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/proto_time.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/keys.h"
#include "controller/store/revision_id.h"
#include "controller/store/rollout_status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::PlanSpec Spec(const std::string& command, int surge = 1) {
  v1::PlanSpec spec;
  spec.mutable_service()->add_command(command);
  spec.mutable_strategy()->mutable_max_surge()->set_count(surge);
  return spec;
}

std::string IdOf(const std::string& command) {
  return RevisionId(Spec(command).service());
}

v1::Cause Ann() {
  v1::Cause cause;
  cause.set_user("ann");
  cause.set_message("ticket 7");
  return cause;
}

class PlanOperationsTest : public ::testing::Test {
 protected:
  ~PlanOperationsTest() override { store_.Close(); }

  absl::StatusOr<std::vector<Applied>> ApplyAll(std::vector<NamedSpec> specs) {
    Outcome<absl::StatusOr<std::vector<Applied>>> outcome;
    operations_.Apply(std::move(specs), Ann(), outcome);
    return outcome.Wait();
  }
  Applied Apply(const v1::PlanSpec& spec) {
    auto applied = ApplyAll({{"web", spec}});
    EXPECT_TRUE(applied.ok()) << applied.status();
    return applied->front();
  }
  absl::Status Pause() { return Call(&PlanOperations::Pause); }
  absl::Status Resume() { return Call(&PlanOperations::Resume); }
  absl::Status Abort() { return Call(&PlanOperations::Abort); }
  absl::StatusOr<Undone> Undo(int64_t to_revision) {
    Outcome<absl::StatusOr<Undone>> outcome;
    operations_.Undo(
        "web", to_revision, Ann(), [this](const NamedSpec&) { return check_; },
        outcome);
    return outcome.Wait();
  }

  v1::Rollout rollout() { return catalog_->FindPlan("web")->rollout.record; }

  // As the engine does it.
  void End(v1::RolloutPhase phase) {
    PlanState state = *catalog_->FindPlan("web");
    SetPhase(&state.rollout.record, phase, "Because", "it is so", absl::Now());
    Transaction transaction;
    transaction.puts.push_back(
        {RolloutKey("web", state.rollout.record.number()),
         state.rollout.record.SerializeAsString()});
    if (phase == v1::COMPLETE) {
      state.plan.record.set_stable_revision(state.rollout.record.revision());
      transaction.puts.push_back(
          {PlanKey("web"), state.plan.record.SerializeAsString()});
    }
    ASSERT_TRUE(CommitNow(store_, transaction).ok());
  }

  SystemClock clock_;
  MemoryStore store_;
  MemoryStore history_store_;
  std::unique_ptr<Catalog> catalog_ = *Catalog::Open(store_);
  std::unique_ptr<History> history_ = *History::Open(history_store_, {});
  PlanOperations operations_{*catalog_, *history_, clock_};
  // Of every Undo.
  absl::Status check_;

 private:
  absl::Status Call(void (PlanOperations::*verb)(const std::string&, v1::Cause,
                                                 PlanOperations::Done)) {
    Outcome<absl::Status> outcome;
    (operations_.*verb)("web", Ann(), outcome);
    return outcome.Wait();
  }
};

TEST_F(PlanOperationsTest, TheFirstApplyMakesPlanRevisionAndRollout) {
  Applied applied = Apply(Spec("v1"));
  EXPECT_EQ(applied.change, Applied::Change::kCreated);
  EXPECT_EQ(applied.revision, IdOf("v1"));
  EXPECT_EQ(applied.rollout, 1);
  EXPECT_EQ(rollout().phase(), v1::PROGRESSING);
  EXPECT_EQ(rollout().cause().user(), "ann");
  EXPECT_EQ(rollout().spec_version(), 1);
  EXPECT_EQ(catalog_->FindRevision("web", IdOf("v1"))->number(), 1);
  std::vector<v1::Event> events = history_->Events("web");
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].reason(), "RolloutCreated");
  EXPECT_EQ(events[0].user(), "ann");
  EXPECT_THAT(events[0].message(), HasSubstr("ticket 7"));
}

TEST_F(PlanOperationsTest, AppliesWhatDiffersAndNothingElse) {
  struct Case {
    const char* name;
    v1::RolloutPhase before;
    v1::PlanSpec spec;
    Applied::Change change;
    // The rollout it starts, counted from the one before; 0: none.
    int started;
  };
  using Change = Applied::Change;
  // Each begins with v1 complete and a rollout to v2 in the phase `before`.
  const Case kCases[] = {
      {"the same", v1::PROGRESSING, Spec("v2"), Change::kUnchanged, 0},
      {"the same at rest", v1::COMPLETE, Spec("v2"), Change::kUnchanged, 0},
      {"another strategy", v1::PROGRESSING, Spec("v2", 5), Change::kChanged, 0},
      {"another template", v1::PROGRESSING, Spec("v3"), Change::kChanged, 1},
      {"another template at rest", v1::COMPLETE, Spec("v3"), Change::kChanged,
       1},
      {"back to the stable one in mid-rollout", v1::PROGRESSING, Spec("v1"),
       Change::kChanged, 0},
      {"back to where a rollback goes anyway", v1::ROLLING_BACK, Spec("v1"),
       Change::kChanged, 0},
      {"back to where a rollback ended", v1::ROLLED_BACK, Spec("v1"),
       Change::kChanged, 0},
      {"a failed one again is a person's to ask for", v1::ROLLED_BACK,
       Spec("v2"), Change::kUnchanged, 0},
      {"after a failure that left the hosts mixed", v1::FAILED, Spec("v1"),
       Change::kChanged, 1},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Apply(Spec(absl::StrCat("not v1, for ", c.name)));
    End(v1::COMPLETE);
    Apply(Spec("v1"));
    End(v1::COMPLETE);
    Apply(Spec("v2"));
    End(c.before);
    int64_t before = rollout().number();
    Applied applied = Apply(c.spec);
    EXPECT_EQ(applied.change, c.change);
    EXPECT_EQ(applied.rollout, c.started == 0 ? 0 : before + c.started);
    EXPECT_EQ(rollout().number(), before + c.started);
  }
}

TEST_F(PlanOperationsTest, ANewRolloutSupersedesTheOneUnderWay) {
  Apply(Spec("v1"));
  Apply(Spec("v2"));
  std::vector<v1::Rollout> rollouts = catalog_->Rollouts("web");
  ASSERT_THAT(rollouts, SizeIs(2));
  EXPECT_EQ(rollouts[0].phase(), v1::PROGRESSING);
  EXPECT_EQ(rollouts[1].phase(), v1::SUPERSEDED);
  EXPECT_TRUE(rollouts[1].has_finished());
  EXPECT_EQ(rollouts[1].message(), "rollout 2 took over");
}

TEST_F(PlanOperationsTest, ASpecThatGoesBackToTheStableRevisionTurnsBack) {
  Apply(Spec("v1"));
  End(v1::COMPLETE);
  Apply(Spec("v2"));
  Apply(Spec("v1"));
  EXPECT_EQ(rollout().number(), 2);
  EXPECT_EQ(rollout().phase(), v1::ROLLING_BACK);
  EXPECT_EQ(rollout().reason(), "Reverted");
  EXPECT_EQ(history_->Events("web")[0].reason(), "RolloutReverted");
}

TEST_F(PlanOperationsTest, WarnsWhenAFailedRevisionIsAppliedAgain) {
  Apply(Spec("v1"));
  End(v1::COMPLETE);
  Apply(Spec("v2"));
  End(v1::ROLLED_BACK);
  Applied applied = Apply(Spec("v2"));
  ASSERT_THAT(applied.warnings, SizeIs(1));
  EXPECT_THAT(applied.warnings[0], HasSubstr("rolloutctl retry web"));
  applied = Apply(Spec("v2", /*surge=*/2));
  EXPECT_EQ(applied.change, Applied::Change::kChanged);
  EXPECT_EQ(applied.rollout, 0);
  ASSERT_THAT(applied.warnings, SizeIs(1));
  EXPECT_THAT(applied.warnings[0], HasSubstr("rolloutctl retry web"));
  auto undone = Undo(2);
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->rollout, 3);
}

TEST_F(PlanOperationsTest, AppliesAllPlansOrNone) {
  auto two = ApplyAll({{"a", Spec("v1")}, {"b", Spec("v1")}});
  ASSERT_TRUE(two.ok());
  EXPECT_THAT(catalog_->PlanNames(), ElementsAre("a", "b"));
  std::vector<NamedSpec> many;
  for (int i = 0; i < 34; ++i) {
    many.push_back({absl::StrCat("many", i), Spec("v1")});
  }
  auto refused = ApplyAll(many);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(refused.status().message(), HasSubstr("34 plans are too much"));
  EXPECT_THAT(catalog_->PlanNames(), SizeIs(2));
  many.pop_back();
  EXPECT_TRUE(ApplyAll(many).ok());
}

TEST_F(PlanOperationsTest, PauseResumeAndAbortNeedTheRightState) {
  EXPECT_TRUE(absl::IsNotFound(Pause()));
  Apply(Spec("v1"));
  EXPECT_THAT(Resume().message(), HasSubstr("is not paused"));
  EXPECT_TRUE(Pause().ok());
  EXPECT_TRUE(rollout().paused());
  EXPECT_THAT(Pause().message(), HasSubstr("paused already"));
  EXPECT_TRUE(Resume().ok());
  EXPECT_FALSE(rollout().paused());
  EXPECT_EQ(RunningSince(rollout()), FromProto(rollout().progressed()));
  End(v1::COMPLETE);
  for (const absl::Status& status : {Pause(), Resume(), Abort()}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(status.message(),
                HasSubstr("web has no rollout under way: nothing to "));
  }
}

TEST_F(PlanOperationsTest, AbortGoesToTheStableRevisionOrEnds) {
  Apply(Spec("v1"));
  EXPECT_TRUE(Pause().ok());
  EXPECT_TRUE(Abort().ok());
  EXPECT_EQ(rollout().phase(), v1::FAILED);
  EXPECT_THAT(rollout().message(), HasSubstr("no stable revision"));
  Apply(Spec("v2"));
  End(v1::COMPLETE);
  Apply(Spec("v3"));
  EXPECT_TRUE(Pause().ok());
  EXPECT_TRUE(Abort().ok());
  EXPECT_EQ(rollout().phase(), v1::ROLLING_BACK);
  EXPECT_EQ(rollout().reason(), "Aborted");
  EXPECT_FALSE(rollout().paused());
  EXPECT_THAT(Abort().message(), HasSubstr("going back already"));
}

TEST_F(PlanOperationsTest, ToGoOnAfterAFailureIsANewAttempt) {
  Apply(Spec("v1"));
  End(v1::COMPLETE);
  Apply(Spec("v2"));
  v1::Rollout failed = rollout();
  failed.set_paused(true);
  failed.set_reason("HostFailed");
  ASSERT_TRUE(CommitNow(store_, {{},
                                 {{RolloutKey("web", failed.number()),
                                   failed.SerializeAsString()}},
                                 {}})
                  .ok());
  EXPECT_TRUE(Resume().ok());
  EXPECT_EQ(rollout().number(), failed.number() + 1);
  EXPECT_EQ(rollout().revision(), failed.revision());
  EXPECT_EQ(rollout().stable_revision(), failed.stable_revision());
  EXPECT_EQ(rollout().phase(), v1::PROGRESSING);
  EXPECT_FALSE(rollout().paused());
  EXPECT_EQ(catalog_->Rollouts("web")[1].phase(), v1::SUPERSEDED);
}

TEST_F(PlanOperationsTest, AnAbortStaysOneWhenItsWayBackIsPaused) {
  Apply(Spec("v1"));
  End(v1::COMPLETE);
  Apply(Spec("v2"));
  EXPECT_TRUE(Abort().ok());
  EXPECT_TRUE(Pause().ok());
  EXPECT_TRUE(Resume().ok());
  EXPECT_EQ(rollout().phase(), v1::ROLLING_BACK);
  EXPECT_EQ(rollout().reason(), "Aborted");
  EXPECT_THAT(rollout().message(), HasSubstr("ann"));
}

TEST_F(PlanOperationsTest, UndoGoesToTheCompletedRevisionBeforeOrTheOneNamed) {
  Apply(Spec("v1"));
  EXPECT_THAT(Undo(0).status().message(), HasSubstr("no completed revision"));
  End(v1::COMPLETE);
  Apply(Spec("failed"));
  End(v1::ROLLED_BACK);
  Apply(Spec("v2"));
  End(v1::COMPLETE);
  EXPECT_THAT(Undo(3).status().message(), HasSubstr("is on revision 3"));
  EXPECT_THAT(Undo(9).status().message(), HasSubstr("no revision 9"));
  auto undone = Undo(0);
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->revision, IdOf("v1"));
  EXPECT_EQ(rollout().revision(), IdOf("v1"));
  // What was applied before is a change again.
  EXPECT_EQ(Apply(Spec("v2")).change, Applied::Change::kChanged);
}

TEST_F(PlanOperationsTest, UndoInMidRolloutTurnsItBackToWhereItCameFrom) {
  Apply(Spec("v0"));
  End(v1::COMPLETE);
  Apply(Spec("v1"));
  End(v1::COMPLETE);
  Apply(Spec("v2"));
  auto undone = Undo(0);
  ASSERT_TRUE(undone.ok()) << undone.status();
  EXPECT_EQ(undone->rollout, 3);
  EXPECT_EQ(undone->revision, IdOf("v1"));
  EXPECT_EQ(rollout().phase(), v1::ROLLING_BACK);
  EXPECT_EQ(history_->Events("web")[0].reason(), "RolloutReverted");
  // To any other than the stable one it is a rollout of its own.
  EXPECT_TRUE(Undo(1).ok());
  EXPECT_EQ(rollout().number(), 4);
}

TEST_F(PlanOperationsTest, UndoesOnlyToWhatThePlanMayTakeOn) {
  Apply(Spec("v1"));
  Apply(Spec("v2"));
  check_ = absl::FailedPreconditionError("another plan is there by now");
  EXPECT_EQ(Undo(1).status(), check_);
  EXPECT_EQ(rollout().number(), 2);
  check_ = absl::OkStatus();
  EXPECT_TRUE(Undo(1).ok());
}

TEST_F(PlanOperationsTest, KeepsTenRevisionsAndThoseInUse) {
  Apply(Spec("v0"));
  End(v1::COMPLETE);
  AssignmentRecord assignment;
  assignment.add_revisions()->set_revision(IdOf("v1"));
  Apply(Spec("v1"));
  ASSERT_TRUE(CommitNow(store_, {{},
                                 {{AssignmentKey("web", "h1"),
                                   assignment.SerializeAsString()}},
                                 {}})
                  .ok());
  for (int i = 2; i < 70; ++i) Apply(Spec(absl::StrCat("v", i)));
  EXPECT_THAT(catalog_->Revisions("web"), SizeIs(kRevisionsKept + 2));
  EXPECT_TRUE(catalog_->FindRevision("web", IdOf("v0")));
  EXPECT_TRUE(catalog_->FindRevision("web", IdOf("v1")));
  EXPECT_FALSE(catalog_->FindRevision("web", IdOf("v2")));
  EXPECT_TRUE(catalog_->FindRevision("web", IdOf("v60")));
  EXPECT_THAT(catalog_->Rollouts("web"), SizeIs(kRolloutsKept));
}

TEST_F(PlanOperationsTest, OfTwoOperatorsAtOnceOneIsAborted) {
  Apply(Spec("v1"));
  Outcome<absl::StatusOr<std::vector<Applied>>> first, second;
  // Both read before either has written: the store's thread is held.
  Outcome<bool> both_read;
  store_.Commit({}, [both_read](absl::StatusOr<int64_t>) { both_read.Wait(); });
  operations_.Apply({{"web", Spec("v2")}}, Ann(), first);
  operations_.Apply({{"web", Spec("v3")}}, Ann(), second);
  both_read(true);
  EXPECT_TRUE(first.Wait().ok());
  EXPECT_TRUE(absl::IsAborted(second.Wait().status()));
  EXPECT_EQ(rollout().revision(), IdOf("v2"));
}

TEST_F(PlanOperationsTest, TriesAgainWhenOnlyTheEngineWasFaster) {
  Apply(Spec("v1"));
  Outcome<bool> read;
  store_.Commit({}, [read](absl::StatusOr<int64_t>) { read.Wait(); });
  v1::Rollout status = rollout();
  status.mutable_hosts()->set_updated(7);
  store_.Commit({{}, {{RolloutKey("web", 1), status.SerializeAsString()}}, {}},
                [](absl::StatusOr<int64_t>) {});
  Outcome<absl::Status> paused;
  operations_.Pause("web", Ann(), paused);
  read(true);
  EXPECT_TRUE(paused.Wait().ok());
  EXPECT_TRUE(rollout().paused());
  EXPECT_EQ(rollout().hosts().updated(), 7);
}

TEST_F(PlanOperationsTest, NamesTheNearestPlan) {
  Apply(Spec("v1"));
  Outcome<absl::Status> outcome;
  operations_.Pause("wbe", Ann(), outcome);
  EXPECT_THAT(outcome.Wait().message(), HasSubstr("\"wbe\""));
}

}  // namespace
}  // namespace rollout::store
