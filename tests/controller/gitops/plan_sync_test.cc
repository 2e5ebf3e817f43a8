// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/plan_sync.h"

#include <string>

#include "controller/store/revision_id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::HasSubstr;

v1::PlanSpec Spec(const std::string& command) {
  v1::PlanSpec spec;
  spec.mutable_service()->add_command(command);
  return spec;
}

v1::Rollout Rollout(int number, const std::string& command,
                    v1::RolloutPhase phase) {
  v1::Rollout rollout;
  rollout.set_number(number);
  rollout.set_revision(store::RevisionId(Spec(command).service()));
  rollout.set_phase(phase);
  rollout.set_reason("HostFailed");
  rollout.set_message("host a: it exited");
  return rollout;
}

// Declared as "git".
PlanInStore Plan(const std::string& actual, std::vector<v1::Rollout> rollouts) {
  PlanInStore plan;
  plan.name = "web";
  plan.record.emplace();
  *plan.record->mutable_plan()->mutable_spec() = Spec(actual);
  store::Declaration* declaration = plan.record->mutable_declaration();
  declaration->mutable_origin()->set_source("prod");
  declaration->mutable_origin()->set_path("a/web.yaml");
  *declaration->mutable_spec() = Spec("git");
  plan.rollouts = std::move(rollouts);
  return plan;
}

PlanInStore Deleted() {
  PlanInStore plan;
  plan.name = "web";
  return plan;
}

store::SourceRecord Declaring(const std::string& plan,
                              const std::string& refusal = "") {
  store::SourceRecord source;
  auto* declared = source.add_plans();
  declared->set_name(plan);
  declared->set_path("a/web.yaml");
  source.set_refusal(refusal);
  return source;
}

TEST(PlanSync, SaysHowAPlanStandsToItsSource) {
  struct Case {
    const char* name;
    PlanInStore plan;
    store::SourceRecord source;
    v1::SyncState state;
    const char* reason;
    const char* message;
  };
  const Case kCases[] = {
      {"under way", Plan("git", {Rollout(1, "git", v1::PROGRESSING)}),
       Declaring("web"), v1::SYNCED, "Synced", ""},
      {"there", Plan("git", {Rollout(1, "git", v1::COMPLETE)}),
       Declaring("web"), v1::SYNCED, "Synced", ""},
      {"changed by hand",
       Plan("hand", {Rollout(2, "hand", v1::COMPLETE),
                     Rollout(1, "git", v1::SUPERSEDED)}),
       Declaring("web"), v1::OUT_OF_SYNC, "Drifted", "an operator changed it"},
      {"rolled back", Plan("git", {Rollout(3, "git", v1::ROLLED_BACK)}),
       Declaring("web"), v1::OUT_OF_SYNC, "RolledBack",
       "rollout 3 to it failed (HostFailed: host a: it exited)"},
      {"going back", Plan("git", {Rollout(3, "git", v1::ROLLING_BACK)}),
       Declaring("web"), v1::OUT_OF_SYNC, "RolledBack", "rollout 3"},
      {"failed, then undone by hand",
       Plan("old",
            {Rollout(4, "old", v1::COMPLETE), Rollout(3, "git", v1::FAILED)}),
       Declaring("web"), v1::OUT_OF_SYNC, "RolledBack", "rollout 3"},
      {"failed once, and then not",
       Plan("git",
            {Rollout(4, "git", v1::COMPLETE), Rollout(3, "git", v1::FAILED)}),
       Declaring("web"), v1::SYNCED, "Synced", ""},
      {"deleted by hand", Deleted(), Declaring("web"), v1::OUT_OF_SYNC,
       "Deleted", "an operator deleted it"},
      {"no longer declared", Plan("git", {Rollout(1, "git", v1::COMPLETE)}),
       Declaring("api"), v1::OUT_OF_SYNC, "Removed", "no longer"},
      {"its manifest is bad", Plan("git", {Rollout(1, "git", v1::COMPLETE)}),
       Declaring("web", "b.yaml:1:1: no\na/web.yaml:3:1: bad\n"),
       v1::FAILED_TO_SYNC, "CommitRefused", "a/web.yaml:3:1: bad"},
      {"another manifest is bad",
       Plan("git", {Rollout(1, "git", v1::COMPLETE)}),
       Declaring("web", "b.yaml:1:1: no"), v1::SYNCED, "Synced", ""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const v1::PlanSync sync = SyncOf(c.plan, c.source);
    EXPECT_EQ(sync.state(), c.state);
    EXPECT_EQ(sync.reason(), c.reason);
    EXPECT_THAT(sync.message(), HasSubstr(c.message));
    EXPECT_EQ(sync.message().empty(), std::string(c.message).empty());
    EXPECT_EQ(sync.plan(), "web");
    if (c.source.plans(0).name() == "web") {
      EXPECT_EQ(sync.path(), "a/web.yaml");
    }
  }
}

TEST(PlanSync, BothSpecsAreThereToBeCompared) {
  const v1::PlanSync drifted = SyncOf(
      Plan("hand", {Rollout(2, "hand", v1::COMPLETE)}), Declaring("web"));
  EXPECT_EQ(drifted.declared().service().command(0), "git");
  EXPECT_EQ(drifted.actual().service().command(0), "hand");
  const v1::PlanSync same =
      SyncOf(Plan("git", {Rollout(2, "git", v1::COMPLETE)}), Declaring("web"));
  EXPECT_FALSE(same.has_declared());
  EXPECT_FALSE(same.has_actual());
}

}  // namespace
}  // namespace rollout::gitops
