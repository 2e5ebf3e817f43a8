// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_state.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

v1::PlanSync Plan(const std::string& name, v1::SyncState state,
                  const std::string& reason) {
  v1::PlanSync plan;
  plan.set_plan(name);
  plan.set_state(state);
  plan.set_reason(reason);
  return plan;
}

store::SourceRecord Applied(const std::string& refusal = "") {
  store::SourceRecord record;
  record.mutable_seen()->set_id("new");
  record.mutable_applied()->set_id("old");
  record.set_refusal(refusal);
  return record;
}

TEST(SourceState, TheWorstIsTold) {
  const v1::PlanSync kGood = Plan("web", v1::SYNCED, "Synced");
  const v1::PlanSync kDrifted = Plan("api", v1::OUT_OF_SYNC, "Drifted");
  const v1::PlanSync kBack = Plan("db", v1::OUT_OF_SYNC, "RolledBack");
  struct Case {
    const char* name;
    store::SourceRecord record;
    SyncFailure failure;
    std::vector<v1::PlanSync> plans;
    v1::SyncState state;
    const char* reason;
    const char* message;
  };
  const Case kCases[] = {
      {"nothing yet", {}, {}, {}, v1::OUT_OF_SYNC, "NeverSynced", "no commit"},
      {"all is well", Applied(), {}, {kGood}, v1::SYNCED, "Synced", ""},
      {"a plan is not",
       Applied(),
       {},
       {kGood, kDrifted, kBack},
       v1::OUT_OF_SYNC,
       "Drifted",
       "2 of 3 plans are not as the commit has them: api (Drifted), db "
       "(RolledBack)"},
      {"the commit was refused",
       Applied("a.yaml:1:1: no"),
       {},
       {kDrifted},
       v1::FAILED_TO_SYNC,
       "CommitRefused",
       "a.yaml:1:1: no"},
      {"the repository can't be read",
       Applied("a.yaml:1:1: no"),
       {"FetchFailed", "it is gone"},
       {kDrifted},
       v1::FAILED_TO_SYNC,
       "FetchFailed",
       "it is gone"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const v1::Source source = DescribeSource({}, c.record, c.failure, c.plans);
    EXPECT_EQ(source.state(), c.state);
    EXPECT_EQ(source.reason(), c.reason);
    EXPECT_THAT(source.message(), HasSubstr(c.message));
    EXPECT_EQ(source.plan_count(), c.plans.size());
    EXPECT_THAT(source.plans(), SizeIs(c.plans.size()));
  }
}

TEST(SourceState, NamesTenPlansAtMost) {
  std::vector<v1::PlanSync> plans;
  for (int i = 0; i < 1000; ++i) {
    plans.push_back(Plan(absl::StrCat("p", i), v1::OUT_OF_SYNC, "Drifted"));
  }
  const v1::Source source = DescribeSource({}, Applied(), {}, plans);
  EXPECT_THAT(source.message(), HasSubstr("1000 of 1000"));
  EXPECT_THAT(source.message(), HasSubstr("p9 (Drifted), ..."));
  EXPECT_THAT(source.message(), Not(HasSubstr("p10")));
}

TEST(SourceState, ARefusalIsCutBetweenLines) {
  EXPECT_EQ(BoundedRefusal("a.yaml:1:1: no\nb.yaml:2:1: no"),
            "a.yaml:1:1: no\nb.yaml:2:1: no");
  std::string errors;
  for (int i = 0; i < 10000; ++i) absl::StrAppend(&errors, "a.yaml:1:1: no\n");
  const std::string bounded = BoundedRefusal(errors);
  EXPECT_LT(bounded.size(), 20000);
  EXPECT_THAT(bounded, EndsWith("a.yaml:1:1: no\n... and more"));
  EXPECT_LT(BoundedRefusal(std::string(100000, 'x')).size(), 20000);
  EXPECT_EQ(BoundedRefusal("a\xff"), "a\\xff");
}

}  // namespace
}  // namespace rollout::gitops
