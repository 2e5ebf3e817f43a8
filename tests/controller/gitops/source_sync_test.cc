// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_sync.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "controller/store/keys.h"
#include "controller/store/rollout_status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/memory_store.h"

namespace rollout::gitops {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Manifest(const std::string& name, const std::string& command) {
  return absl::StrCat(
      "apiVersion: rollout/v1\nkind: Plan\nmetadata: {name: ", name,
      "}\nspec:\n  hosts: {matchLabels: {role: web}}\n  service:\n"
      "    artifact: {url: \"file:///srv/a\", sha256: ",
      std::string(64, 'a'), "}\n    command: [", command,
      "]\n    endpoints: [{name: http, address: \"0.0.0.0:80\"}]\n");
}

class SourceSyncTest : public ::testing::Test {
 protected:
  ~SourceSyncTest() override { store_.Close(); }

  std::unique_ptr<SourceSync> MakeSync(SyncPolicy policy = {}) {
    SourceSettings settings;
    settings.name = "prod";
    settings.fetch.set_url("https://example.com/plans.git");
    settings.policy = policy;
    SyncRooms rooms{
        *catalog_,
        *history_,
        operations_,
        fetcher_,
        clock_,
        [this](const std::vector<manifest::ParsedPlan>&) { return check_; },
        [this](const ListedArtifact& artifact, HttpExchange&) {
          lookups_.push_back(artifact.sha256_from);
          return digest_;
        },
        metrics_};
    return std::make_unique<SourceSync>(rooms, settings, "/tmp/none",
                                        std::set<std::string>{"prod"});
  }

  // What the plan runs; empty: there is none.
  std::string CommandOf(const std::string& plan) {
    auto state = catalog_->FindPlan(plan);
    if (!state) return "";
    return state->plan.record.plan().spec().service().command(0);
  }

  v1::Rollout RolloutOf(const std::string& plan) {
    return catalog_->FindPlan(plan)->rollout.record;
  }

  void ApplyByHand(const std::string& manifest) {
    auto plans = manifest::ParseManifests({{"-", manifest}});
    v1::Cause ann;
    ann.set_user("ann");
    store::Outcome<absl::StatusOr<std::vector<store::Applied>>> outcome;
    operations_.Apply({{plans->front().name, plans->front().spec}}, ann,
                      outcome);
    ASSERT_TRUE(outcome.Wait().ok());
  }

  // As the engine does it.
  void End(const std::string& plan, v1::RolloutPhase phase) {
    v1::Rollout rollout = RolloutOf(plan);
    store::SetPhase(&rollout, phase, "HostFailed", "it exited", absl::Now());
    store::Transaction transaction;
    transaction.puts.push_back({store::RolloutKey(plan, rollout.number()),
                                rollout.SerializeAsString()});
    ASSERT_TRUE(store::CommitNow(store_, transaction).ok());
  }

  std::vector<std::string> EventReasons() {
    std::vector<std::string> reasons;
    for (const v1::Event& event : history_->Events("")) {
      reasons.push_back(event.reason());
    }
    return reasons;
  }

  const SystemClock clock_;
  store::MemoryStore store_;
  store::MemoryStore history_store_;
  std::unique_ptr<store::Catalog> catalog_ = *store::Catalog::Open(store_);
  std::unique_ptr<store::History> history_ =
      *store::History::Open(history_store_, {});
  store::PlanOperations operations_{*catalog_, *history_, clock_};
  FakeFetcher fetcher_;
  prometheus::Registry registry_;
  SourceMetrics metrics_{registry_};
  // Of every commit against the fleet.
  absl::Status check_;
  // Of every artifact that leaves it to a list.
  absl::StatusOr<std::string> digest_ = std::string(64, 'b');
  std::vector<std::string> lookups_;
};

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

TEST_F(SourceSyncTest, ACommitWithoutPlansIsRefusedUnlessAllowed) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  fetcher_.Commit({});
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "CommitRefused");
  EXPECT_THAT(sync->Status().message(), HasSubstr("allowEmpty"));
  SyncPolicy policy;
  policy.allow_empty = true;
  auto allowed = MakeSync(policy);
  allowed->Pass(false);
  EXPECT_EQ(allowed->Status().reason(), "Removed");
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
}

TEST_F(SourceSyncTest, ACommitToOnePlanLeavesTheOthersAlone) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")},
                   {"api.yaml", Manifest("api", "/bin/v1")}});
  sync->Pass(false);
  ApplyByHand(Manifest("api", "/bin/hand"));
  EXPECT_EQ(sync->Status().reason(), "Drifted");
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v2")},
                   {"api.yaml", Manifest("api", "/bin/v1")}});
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v2");
  EXPECT_EQ(CommandOf("api"), "/bin/hand");
  const v1::Source status = sync->Status();
  EXPECT_EQ(status.state(), v1::OUT_OF_SYNC);
  EXPECT_EQ(status.plans(0).declared().service().command(0), "/bin/v1");
  EXPECT_EQ(status.plans(0).actual().service().command(0), "/bin/hand");
}

TEST_F(SourceSyncTest, SelfHealTakesWhatAnOperatorDidBack) {
  SyncPolicy policy;
  policy.self_heal = true;
  auto sync = MakeSync(policy);
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  ApplyByHand(Manifest("web", "/bin/hand"));
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  EXPECT_EQ(sync->Status().state(), v1::SYNCED);
}

TEST_F(SourceSyncTest, ARollbackIsNotFought) {
  SyncPolicy policy;
  policy.self_heal = true;
  auto sync = MakeSync(policy);
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/bad")}});
  sync->Pass(false);
  End("web", v1::ROLLED_BACK);
  for (bool again : {false, true}) {
    sync->Pass(again);
    EXPECT_EQ(RolloutOf("web").number(), 1);
    EXPECT_EQ(sync->Status().reason(), "RolledBack");
  }
  // Nor when an operator takes the plan back, too.
  ApplyByHand(Manifest("web", "/bin/old"));
  sync->Pass(false);
  sync->Pass(true);
  EXPECT_EQ(CommandOf("web"), "/bin/old");
  EXPECT_EQ(sync->Status().reason(), "RolledBack");
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/good")}});
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/good");
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

TEST_F(SourceSyncTest, OtherSettingsJudgeTheSameCommitAnew) {
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  check_ = absl::FailedPreconditionError("no");
  MakeSync()->Pass(false);
  check_ = absl::OkStatus();
  MakeSync()->Pass(false);
  EXPECT_EQ(CommandOf("web"), "");
  SyncPolicy policy;
  policy.self_heal = true;
  MakeSync(policy)->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
}

TEST_F(SourceSyncTest, WhatIsGoneFromTheRepositoryStaysUnlessPruned) {
  auto sync = MakeSync();
  const std::string web = Manifest("web", "/bin/v1");
  fetcher_.Commit(
      {{"web.yaml", web}, {"api.yaml", Manifest("api", "/bin/v1")}});
  sync->Pass(false);
  ApplyByHand(Manifest("hand", "/bin/v1"));
  fetcher_.Commit({{"web.yaml", web}});
  sync->Pass(false);
  const auto is_removed = [this](const std::string& plan) {
    return catalog_->FindPlan(plan)->plan.record.has_removal();
  };
  EXPECT_FALSE(is_removed("api"));
  EXPECT_EQ(sync->Status().reason(), "Removed");
  SyncPolicy policy;
  policy.prune = true;
  auto pruning = MakeSync(policy);
  pruning->Pass(false);
  EXPECT_TRUE(is_removed("api"));
  EXPECT_FALSE(catalog_->FindPlan("api")->plan.record.removal().stop());
  EXPECT_FALSE(is_removed("hand"));
  EXPECT_FALSE(is_removed("web"));
  EXPECT_EQ(pruning->Status().reason(), "Removing");
}

std::string ByVersion(const std::string& version) {
  return absl::StrCat(
      "apiVersion: rollout/v1\nkind: Plan\nmetadata: {name: web}\nspec:\n"
      "  hosts: {matchLabels: {role: web}}\n  service:\n"
      "    artifact: {version: ",
      version,
      ", url: \"http://h/${version}/app\", sha256From: "
      "\"http://h/${version}/sums\"}\n    command: [/bin/app]\n"
      "    endpoints: [{name: http, address: \"0.0.0.0:80\"}]\n");
}

TEST_F(SourceSyncTest, ADigestIsLookedUpOnceAndStays) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", ByVersion("1.2")}});
  sync->Pass(false);
  EXPECT_THAT(lookups_, ElementsAre("http://h/1.2/sums"));
  const auto artifact = [this] {
    return catalog_->FindPlan("web")
        ->plan.record.plan()
        .spec()
        .service()
        .artifact();
  };
  EXPECT_EQ(artifact().url(), "http://h/1.2/app");
  EXPECT_EQ(artifact().sha256(), std::string(64, 'b'));
  EXPECT_EQ(artifact().sha256_from(), "");
  EXPECT_EQ(RolloutOf("web").cause().origin().sha256_from(),
            "http://h/1.2/sums");
  // Somebody has changed the list.
  digest_ = std::string(64, 'c');
  fetcher_.Commit({{"web.yaml", ByVersion("1.2") + "# new\n"}});
  sync->Pass(false);
  EXPECT_EQ(lookups_.size(), 1);
  EXPECT_EQ(artifact().sha256(), std::string(64, 'b'));
  fetcher_.Commit({{"web.yaml", ByVersion("1.3")}});
  sync->Pass(false);
  EXPECT_EQ(artifact().sha256(), std::string(64, 'c'));
}

TEST_F(SourceSyncTest, AListThatIsNotThereYetIsAskedForAgain) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", ByVersion("1.2")}});
  digest_ = absl::NotFoundError("http://h/1.2/sums: no such list");
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "ArtifactUnresolved");
  EXPECT_EQ(sync->Status().message(),
            "web.yaml:1:1: http://h/1.2/sums: no such list");
  EXPECT_THAT(catalog_->PlanNames(), IsEmpty());
  digest_ = std::string(64, 'b');
  sync->Pass(false);
  EXPECT_EQ(sync->Status().state(), v1::SYNCED);
}

}  // namespace
}  // namespace rollout::gitops
