// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_changes.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::PlanSpec Spec(const std::string& command) {
  v1::PlanSpec spec;
  spec.mutable_service()->add_command(command);
  return spec;
}

// As the source "prod" declared it, and as it is.
StoredPlan Stored(const std::string& declared, const std::string& actual) {
  StoredPlan stored;
  *stored.record.mutable_plan()->mutable_spec() = Spec(actual);
  store::Declaration* declaration = stored.record.mutable_declaration();
  declaration->mutable_origin()->set_source("prod");
  declaration->mutable_origin()->set_path("web.yaml");
  *declaration->mutable_spec() = Spec(declared);
  return stored;
}

StoredPlan ByHand(const std::string& actual) {
  StoredPlan stored;
  *stored.record.mutable_plan()->mutable_spec() = Spec(actual);
  return stored;
}

StoredPlan Failed(StoredPlan stored) {
  stored.declared_failed = true;
  return stored;
}

StoredPlan OfSource(StoredPlan stored, const std::string& source) {
  stored.record.mutable_declaration()->mutable_origin()->set_source(source);
  return stored;
}

CommitSource Source(bool self_heal = false) {
  CommitSource source;
  source.name = "prod";
  source.policy.self_heal = self_heal;
  return source;
}

v1::Commit Commit() {
  v1::Commit commit;
  commit.set_id(std::string(40, 'c'));
  return commit;
}

CommitChanges Changes(const std::map<std::string, StoredPlan>& there,
                      const std::string& command, bool self_heal = false) {
  return ChangesOf(Source(self_heal), Commit(),
                   {{"web", Spec(command), {"web.yaml", 1, 1}}},
                   {there, {"prod", "test"}});
}

TEST(CommitChanges, APlanIsAppliedWhenTheRepositoryChangedIt) {
  struct Case {
    const char* name;
    std::map<std::string, StoredPlan> there;
    bool is_applied;
    bool is_healed;
  };
  const Case kCases[] = {
      {"there is none", {}, true, true},
      {"the same", {{"web", Stored("new", "new")}}, false, false},
      {"the commit changes it", {{"web", Stored("old", "old")}}, true, true},
      {"an operator made it so before",
       {{"web", Stored("old", "new")}},
       true,
       true},
      {"an operator changed it", {{"web", Stored("new", "hand")}}, false, true},
      {"an operator went back after it failed",
       {{"web", Failed(Stored("new", "old"))}},
       false,
       false},
      {"it failed, and the commit changes it",
       {{"web", Failed(Stored("bad", "bad"))}},
       true,
       true},
      {"an operator's own, taken over", {{"web", ByHand("hand")}}, true, true},
      {"the same, taken over", {{"web", ByHand("new")}}, true, true},
      {"of a source that is no more",
       {{"web", OfSource(Stored("new", "new"), "gone")}},
       true,
       true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Changes(c.there, "new").applied.size(), c.is_applied ? 1 : 0);
    EXPECT_EQ(Changes(c.there, "new", true).applied.size(),
              c.is_healed ? 1 : 0);
    EXPECT_THAT(Changes(c.there, "new").errors, IsEmpty());
  }
}

TEST(CommitChanges, AppliesWithTheOrigin) {
  const CommitChanges changes = Changes({}, "new");
  ASSERT_EQ(changes.applied.size(), 1);
  EXPECT_EQ(changes.applied[0].plan, "web");
  const v1::Origin& origin = *changes.applied[0].origin;
  EXPECT_EQ(origin.source(), "prod");
  EXPECT_EQ(origin.commit().id(), Commit().id());
  EXPECT_EQ(origin.path(), "web.yaml");
}

TEST(CommitChanges, AnotherSourcesPlanIsAnError) {
  const CommitChanges changes =
      Changes({{"web", OfSource(Stored("old", "old"), "test")}}, "new");
  EXPECT_THAT(changes.applied, IsEmpty());
  EXPECT_THAT(changes.errors,
              ElementsAre(HasSubstr("web.yaml:1:1: plan \"web\" is source "
                                    "\"test\"'s")));
}

TEST(CommitChanges, ToldWhatTheCommitHasNoMore) {
  const CommitChanges changes =
      Changes({{"api", Stored("a", "a")},
               {"hand", ByHand("b")},
               {"other", OfSource(Stored("c", "c"), "test")},
               {"web", Stored("new", "new")}},
              "new");
  EXPECT_THAT(changes.removed, ElementsAre("api"));
}

TEST(CommitChanges, AFileThatMovedIsTakenDown) {
  StoredPlan stored = Stored("new", "new");
  stored.record.mutable_declaration()->mutable_origin()->set_path("a/web.yaml");
  EXPECT_EQ(Changes({{"web", stored}}, "new").applied.size(), 1);
}

}  // namespace
}  // namespace rollout::gitops
