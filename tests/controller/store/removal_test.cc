// SPDX-License-Identifier: Apache-2.0
//
// What begins a plan's removal, and what is refused to one on its way out.

#include "controller/store/removal.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/proto_time.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/keys.h"
#include "controller/store/plan_operations.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

v1::PlanSpec Spec(const std::string& command) {
  v1::PlanSpec spec;
  spec.mutable_service()->add_command(command);
  return spec;
}

v1::Cause Ann() {
  v1::Cause cause;
  cause.set_user("ann");
  cause.set_message("moved");
  return cause;
}

class RemovalTest : public ::testing::Test {
 protected:
  ~RemovalTest() override { store_.Close(); }

  absl::Status Apply(const std::string& command) {
    Outcome<absl::StatusOr<std::vector<Applied>>> outcome;
    operations_.Apply({{"web", Spec(command)}}, Ann(), outcome);
    return outcome.Wait().status();
  }
  absl::Status Delete(bool stop) {
    Outcome<absl::Status> outcome;
    operations_.Delete("web", stop, Ann(), outcome);
    return outcome.Wait();
  }
  // As the engine ends it.
  void Forget() {
    const PlanRecord plan = catalog_->FindPlan("web")->plan.record;
    DeletedRecord left;
    left.set_last_rollout(plan.last_rollout());
    left.set_last_revision(plan.last_revision());
    Transaction transaction;
    transaction.deletes = {PlanKey("web"),
                           RolloutKey("web", plan.last_rollout())};
    for (const v1::Revision& revision : catalog_->Revisions("web")) {
      transaction.deletes.push_back(RevisionKey("web", revision.id()));
    }
    transaction.puts.push_back({DeletedKey("web"), left.SerializeAsString()});
    ASSERT_TRUE(CommitNow(store_, transaction).ok());
  }
  v1::Removal removal() {
    return catalog_->FindPlan("web")->plan.record.removal();
  }

  SystemClock clock_;
  MemoryStore store_;
  MemoryStore history_store_;
  std::unique_ptr<Catalog> catalog_ = *Catalog::Open(store_);
  std::unique_ptr<History> history_ = *History::Open(history_store_, {});
  PlanOperations operations_{*catalog_, *history_, clock_};
};

TEST_F(RemovalTest, EndsTheRolloutUnderWayAndIsTold) {
  ASSERT_TRUE(Apply("v1").ok());
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  EXPECT_TRUE(removal().stop());
  EXPECT_EQ(removal().cause().user(), "ann");
  EXPECT_EQ(RemovalNumber(catalog_->FindPlan("web")->plan.record),
            absl::ToUnixNanos(FromProto(removal().since())));
  const v1::Rollout rollout = catalog_->FindPlan("web")->rollout.record;
  EXPECT_EQ(rollout.phase(), v1::FAILED);
  EXPECT_EQ(rollout.reason(), "PlanDeleted");
  EXPECT_EQ(rollout.message(), "the plan was deleted by ann: moved");
  const std::vector<v1::Event> events = history_->Events("web");
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].reason(), "PlanDeleted");
  EXPECT_EQ(events[0].user(), "ann");
  EXPECT_EQ(events[0].message(), "every host ends its service: moved");
}

TEST_F(RemovalTest, NothingElseIsDoneToThePlan) {
  ASSERT_TRUE(Apply("v1").ok());
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  using Verb = void (PlanOperations::*)(const std::string&, v1::Cause,
                                        PlanOperations::Done);
  for (Verb verb :
       {&PlanOperations::Pause, &PlanOperations::Resume, &PlanOperations::Abort,
        &PlanOperations::Approve, &PlanOperations::OverrideFreeze}) {
    Outcome<absl::Status> outcome;
    (operations_.*verb)("web", Ann(), outcome);
    const absl::Status status = outcome.Wait();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("web is being removed (by ann: moved)"));
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply("v2")));
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply("v1")));
  Outcome<absl::StatusOr<Undone>> undone;
  operations_.Undo(
      "web", 1, Ann(), [](const NamedSpec&) { return absl::OkStatus(); },
      undone);
  EXPECT_TRUE(absl::IsFailedPrecondition(undone.Wait().status()));
}

TEST_F(RemovalTest, GivesUpOnHostsAndNeverTakesThatBack) {
  ASSERT_TRUE(Apply("v1").ok());
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  ASSERT_TRUE(Delete(/*stop=*/true).ok()) << "asked for twice";
  EXPECT_THAT(history_->Events("web"), SizeIs(2));
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  EXPECT_FALSE(removal().stop());
  EXPECT_THAT(history_->Events("web")[0].message(),
              HasSubstr("hosts that have not ended its service"));
  const absl::Status late = Delete(/*stop=*/true);
  EXPECT_TRUE(absl::IsFailedPrecondition(late)) << late;
  EXPECT_FALSE(removal().stop());
}

TEST_F(RemovalTest, OfNoPlanIsRefused) {
  EXPECT_TRUE(absl::IsNotFound(Delete(/*stop=*/false)));
}

// Attempts, reports and events tell rollouts of one name apart by number.
TEST_F(RemovalTest, APlanOfThatNameCountsOn) {
  ASSERT_TRUE(Apply("v1").ok());
  ASSERT_TRUE(Apply("v2").ok());
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  Forget();
  EXPECT_FALSE(catalog_->FindPlan("web"));
  ASSERT_TRUE(Apply("v1").ok());
  const PlanState state = *catalog_->FindPlan("web");
  EXPECT_EQ(state.rollout.record.number(), 3);
  EXPECT_EQ(catalog_->Revisions("web")[0].number(), 3);
  EXPECT_EQ(state.plan.record.plan().spec_version(), 1);
  EXPECT_FALSE(state.plan.record.has_removal());
}

}  // namespace
}  // namespace rollout::store
