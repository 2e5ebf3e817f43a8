// SPDX-License-Identifier: Apache-2.0
//
// What a commit does to plans that others have changed, or that are gone, and
// artifacts that it names by version.

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/gitops/source_sync_fixture.h"

namespace rollout::gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using SourcePolicyTest = SourceSyncTest;

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

TEST_F(SourcePolicyTest, ACommitWithoutPlansIsRefusedUnlessAllowed) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  fetcher_.Commit({});
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "CommitRefused");
  EXPECT_THAT(sync->Status().message(), HasSubstr("allowEmpty"));
  manifest::SyncSettings policy;
  policy.allow_empty = true;
  auto allowed = MakeSync(policy);
  allowed->Pass(false);
  EXPECT_EQ(allowed->Status().reason(), "Removed");
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
}

TEST_F(SourcePolicyTest, ACommitToOnePlanLeavesTheOthersAlone) {
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

TEST_F(SourcePolicyTest, SelfHealTakesWhatAnOperatorDidBack) {
  manifest::SyncSettings policy;
  policy.self_heal = true;
  auto sync = MakeSync(policy);
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  ApplyByHand(Manifest("web", "/bin/hand"));
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  EXPECT_EQ(sync->Status().state(), v1::SYNCED);
}

TEST_F(SourcePolicyTest, ARefusedCommitIsNotReadAgainToHealAPlan) {
  manifest::SyncSettings policy;
  policy.self_heal = true;
  auto sync = MakeSync(policy);
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  fetcher_.Commit({{"web.yaml", "kind: Plam"}});
  sync->Pass(false);
  ApplyByHand(Manifest("web", "/bin/hand"));
  const int reads = fetcher_.reads();
  sync->Pass(false);
  EXPECT_EQ(fetcher_.reads(), reads);
  EXPECT_EQ(CommandOf("web"), "/bin/hand");
  EXPECT_EQ(sync->Status().reason(), "CommitRefused");
}

TEST_F(SourcePolicyTest, ARollbackIsNotFought) {
  manifest::SyncSettings policy;
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

TEST_F(SourcePolicyTest, OtherSettingsJudgeTheSameCommitAnew) {
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  check_ = absl::FailedPreconditionError("no");
  MakeSync()->Pass(false);
  check_ = absl::OkStatus();
  MakeSync()->Pass(false);
  EXPECT_EQ(CommandOf("web"), "");
  manifest::SyncSettings policy;
  policy.self_heal = true;
  MakeSync(policy)->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
}

TEST_F(SourcePolicyTest, WhatIsGoneFromTheRepositoryStaysUnlessPruned) {
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
  manifest::SyncSettings policy;
  policy.prune = true;
  auto pruning = MakeSync(policy);
  pruning->Pass(false);
  EXPECT_TRUE(is_removed("api"));
  EXPECT_FALSE(catalog_->FindPlan("api")->plan.record.removal().stop());
  EXPECT_FALSE(is_removed("hand"));
  EXPECT_FALSE(is_removed("web"));
  EXPECT_EQ(pruning->Status().reason(), "Removing");
}

TEST_F(SourcePolicyTest, ADigestIsLookedUpOnceAndStays) {
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

TEST_F(SourcePolicyTest, AListThatIsNotThereYetIsAskedForAgain) {
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

// What the repository says of itself.
std::string Says(const std::string& spec, const std::string& name = "prod") {
  return absl::StrCat("apiVersion: rollout/v1\nkind: Source\nmetadata: {name: ",
                      name, "}\nspec: {", spec, "}\n");
}

TEST_F(SourcePolicyTest, TheRepositorySaysHowItIsFollowed) {
  const std::string web = Manifest("web", "/bin/v1");
  auto sync = MakeSync();
  fetcher_.Commit({{"source.yaml", Says("selfHeal: true")},
                   {"web.yaml", web},
                   {"api.yaml", Manifest("api", "/bin/v1")}});
  sync->Pass(false);
  EXPECT_TRUE(sync->Status().self_heal());
  EXPECT_FALSE(sync->Status().prune());
  EXPECT_EQ(sync->Status().plan_count(), 2);
  ApplyByHand(Manifest("web", "/bin/hand"));
  // Another controller on the same store: it is not forgotten.
  sync = MakeSync();
  sync->Pass(false);
  EXPECT_EQ(CommandOf("web"), "/bin/v1");
  fetcher_.Commit({{"source.yaml", Says("prune: true")}, {"web.yaml", web}});
  sync->Pass(false);
  EXPECT_FALSE(sync->Status().self_heal());
  EXPECT_TRUE(sync->Status().prune());
  EXPECT_TRUE(catalog_->FindPlan("api")->plan.record.has_removal());
}

TEST_F(SourcePolicyTest, ACommitMaySayItselfThatItIsMeantToBeEmpty) {
  auto sync = MakeSync();
  fetcher_.Commit({{"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(false);
  fetcher_.Commit({{"source.yaml", Says("allowEmpty: false")}});
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "CommitRefused");
  EXPECT_FALSE(sync->Status().allow_empty());
  fetcher_.Commit({{"source.yaml", Says("allowEmpty: true")}});
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "Removed");
  EXPECT_TRUE(sync->Status().allow_empty());
}

TEST_F(SourcePolicyTest, TheOperatorHasTheLastWord) {
  manifest::SyncSettings policy;
  policy.self_heal = false;
  policy.prune = false;
  policy.allow_empty = false;
  const std::string all = Says("selfHeal: true, prune: true, allowEmpty: true");
  auto sync = MakeSync(policy);
  fetcher_.Commit({{"source.yaml", all},
                   {"web.yaml", Manifest("web", "/bin/v1")},
                   {"api.yaml", Manifest("api", "/bin/v1")}});
  sync->Pass(false);
  EXPECT_FALSE(sync->Status().self_heal());
  EXPECT_FALSE(sync->Status().prune());
  ApplyByHand(Manifest("web", "/bin/hand"));
  fetcher_.Commit(
      {{"source.yaml", all}, {"web.yaml", Manifest("web", "/bin/v1")}});
  sync->Pass(true);
  EXPECT_EQ(CommandOf("web"), "/bin/hand");
  EXPECT_FALSE(catalog_->FindPlan("api")->plan.record.has_removal());
  fetcher_.Commit({{"source.yaml", all}});
  sync->Pass(false);
  EXPECT_EQ(sync->Status().reason(), "CommitRefused");
  // Once the operator leaves it to the repository, what waited is done.
  sync = MakeSync();
  sync->Pass(false);
  EXPECT_TRUE(catalog_->FindPlan("api")->plan.record.has_removal());
}

TEST_F(SourcePolicyTest, ARefusedCommitDoesNotSayHowItIsFollowed) {
  auto sync = MakeSync();
  const std::string web = Manifest("web", "/bin/v1");
  fetcher_.Commit({{"web.yaml", web}, {"source.yaml", Says("prune: true")}});
  sync->Pass(false);
  struct Case {
    const char* name;
    std::map<std::string, std::string> files;
    const char* error;
  };
  const Case kCases[] = {
      {"of another source",
       {{"source.yaml", Says("selfHeal: true", "test")}, {"web.yaml", web}},
       "source.yaml:1:1: source \"test\" is not the one that is read here: "
       "the controller calls it \"prod\""},
      {"two of them",
       {{"a.yaml", Says("")}, {"b.yaml", Says("selfHeal: true")}},
       "b.yaml:1:1: source \"prod\" is defined at a.yaml:1:1 too"},
      {"what only an operator may say",
       {{"source.yaml", Says("selfHeal: true, verify: {}")}, {"web.yaml", web}},
       "source.yaml:4:24: unknown key \"verify\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    fetcher_.Commit(c.files);
    sync->Pass(false);
    EXPECT_EQ(sync->Status().reason(), "CommitRefused");
    EXPECT_THAT(sync->Status().message(), HasSubstr(c.error));
    EXPECT_TRUE(sync->Status().prune());
    EXPECT_FALSE(sync->Status().self_heal());
  }
}

}  // namespace
}  // namespace rollout::gitops
