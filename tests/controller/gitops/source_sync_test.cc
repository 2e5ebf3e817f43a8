// SPDX-License-Identifier: Apache-2.0
//
// A commit is applied or refused as a whole, and what stands in the way of
// that.

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/controller/gitops/source_sync_fixture.h"

namespace rollout::gitops {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(SourceSyncTest, ACommitIsApplied) {
  auto sync = MakeSync();
  const std::string commit =
      fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}}, "first");
  EXPECT_TRUE(sync->Pass(false));
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  const v1::Cause cause = RolloutOf("web").cause();
  EXPECT_EQ(cause.user(), "source/prod");
  EXPECT_EQ(cause.message(), "first");
  EXPECT_EQ(cause.origin().commit().id(), commit);
  EXPECT_EQ(cause.origin().commit().author(), "Ann <ann@example.com>");
  EXPECT_EQ(cause.origin().path(), "web.yaml");
  const v1::Source status = sync->Status();
  EXPECT_EQ(status.state(), v1::SYNCED) << status.DebugString();
  EXPECT_EQ(status.applied().id(), commit);
  EXPECT_EQ(status.seen().id(), commit);
  EXPECT_TRUE(status.has_checked());
  EXPECT_EQ(status.plan_count(), 1);
  EXPECT_FALSE(sync->Pass(false));
}

TEST_F(SourceSyncTest, ABadCommitChangesNothingUntilTheBranchMoves) {
  auto sync = MakeSync();
  std::map<std::string, std::string> files;
  for (int i = 0; i < 50; ++i) {
    files[absl::StrCat("p", i, ".yaml")] =
        Manifest(absl::StrCat("p", i), "/bin/v1");
  }
  files["bad.yaml"] = "apiVersion: rollout/v1\nkind: Pan\n";
  const std::string bad = fetcher_.Commit(files);
  EXPECT_TRUE(sync->Pass(false));
  EXPECT_THAT(catalog_->PlanNames(), IsEmpty());
  v1::Source status = sync->Status();
  EXPECT_EQ(status.state(), v1::FAILED_TO_SYNC);
  EXPECT_EQ(status.reason(), "CommitRefused");
  EXPECT_THAT(status.message(), HasSubstr("bad.yaml:2:7: "));
  EXPECT_EQ(status.seen().id(), bad);
  EXPECT_FALSE(status.has_applied());

  // It is not even read again, by another controller either.
  EXPECT_FALSE(MakeSync()->Pass(false));
  EXPECT_THAT(EventReasons(), ElementsAre("CommitRefused"));

  files["bad.yaml"] = Manifest("p50", "/bin/v1");
  fetcher_.Commit(files);
  EXPECT_TRUE(sync->Pass(false));
  EXPECT_EQ(catalog_->PlanNames().size(), 51);
  status = sync->Status();
  EXPECT_EQ(status.state(), v1::SYNCED) << status.message();
  EXPECT_EQ(status.plan_count(), 51);
}

TEST_F(SourceSyncTest, EveryErrorOfACommitIsTold) {
  auto sync = MakeSync();
  fetcher_.Commit({{"a.yaml", "kind: Plan"}, {"b.yaml", "{"}});
  fetcher_.AddProblem("c.yaml", "is a link");
  sync->Pass(false);
  EXPECT_THAT(sync->Status().message(),
              AllOf(HasSubstr("a.yaml:1:1: "), HasSubstr("\nb.yaml:1:"),
                    HasSubstr("c.yaml:1:1: is a link")));
}

TEST_F(SourceSyncTest, WhatTheFleetCantHaveIsRefused) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  check_ = absl::FailedPreconditionError("web.yaml:1:1: both claim port 80");
  sync->Pass(false);
  EXPECT_THAT(catalog_->PlanNames(), IsEmpty());
  EXPECT_EQ(sync->Status().message(), "web.yaml:1:1: both claim port 80");
  // The host that was in the way is gone.
  check_ = absl::OkStatus();
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "");
  sync->Pass(/*again=*/true);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  EXPECT_EQ(sync->Status().state(), v1::SYNCED);
}

TEST_F(SourceSyncTest, ARepositoryThatCantBeReadLeavesTheLastGoodInForce) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  fetcher_.SetFailure(absl::UnavailableError("it does not answer"));
  EXPECT_FALSE(sync->Pass(false));
  v1::Source status = sync->Status();
  EXPECT_EQ(status.state(), v1::FAILED_TO_SYNC);
  EXPECT_EQ(status.reason(), "FetchFailed");
  EXPECT_EQ(status.message(), "it does not answer");
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  fetcher_.SetFailure(absl::OkStatus());
  sync->Pass(false);
  EXPECT_EQ(sync->Status().state(), v1::SYNCED);
}

TEST_F(SourceSyncTest, WhatTheStoreCouldNotTakeIsAppliedNextTime) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  store_.SetFailure(absl::UnavailableError("the disk is full"));
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "ApplyFailed");
  store_.SetFailure(absl::OkStatus());
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  EXPECT_EQ(sync->Status().state(), v1::SYNCED);
}

TEST_F(SourceSyncTest, PassesAreCountedByWhatCameOfThem) {
  auto sync = MakeSync();
  fetcher_.SetFailure(absl::UnavailableError("it does not answer"));
  sync->Pass(false);
  fetcher_.SetFailure(absl::OkStatus());
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  sync->Pass(false);
  sync->Pass(false);
  fetcher_.Commit({{"web.yaml", "{"}});
  sync->Pass(false);
  const std::string text =
      prometheus::TextSerializer().Serialize(registry_.Collect());
  for (const char* line : {"{outcome=\"failed\",source=\"prod\"} 1\n",
                           "{outcome=\"applied\",source=\"prod\"} 1\n",
                           "{outcome=\"unchanged\",source=\"prod\"} 2\n",
                           "{outcome=\"refused\",source=\"prod\"} 1\n"}) {
    EXPECT_THAT(text,
                HasSubstr(std::string("rollout_source_passes_total") + line));
  }
  EXPECT_THAT(text, HasSubstr("rollout_source_checked_timestamp_seconds{"));
}

}  // namespace
}  // namespace rollout::gitops
