// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_outcome.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace rollout::gitops {
namespace {

PlanInStore Plan(const std::string& name, const std::string& commit,
                 v1::RolloutPhase phase) {
  v1::Rollout rollout;
  rollout.set_phase(phase);
  rollout.set_reason("HostFailed");
  rollout.set_message("host a: it exited\nand more");
  rollout.mutable_cause()->mutable_origin()->mutable_commit()->set_id(commit);
  PlanInStore plan;
  plan.name = name;
  plan.rollouts.push_back(std::move(rollout));
  return plan;
}

store::SourceRecord At(const std::string& commit,
                       const std::string& refusal = "") {
  store::SourceRecord record;
  record.mutable_seen()->set_id(commit);
  record.set_refusal(refusal);
  return record;
}

TEST(CommitOutcome, IsWhatBecameOfItsRollouts) {
  struct Case {
    const char* name;
    store::SourceRecord record;
    std::vector<PlanInStore> plans;
    CommitState state;
    const char* description;
  };
  const Case kCases[] = {
      {"refused",
       At("c2", "a.yaml:1:1: no\nb.yaml:1:1: no"),
       {Plan("web", "c1", v1::COMPLETE)},
       CommitState::kFailure,
       "a.yaml:1:1: no"},
      {"nothing to roll out",
       At("c2"),
       {Plan("web", "c1", v1::ROLLED_BACK)},
       CommitState::kSuccess,
       "applied; no service changed"},
      {"under way",
       At("c2"),
       {Plan("api", "c2", v1::COMPLETE), Plan("web", "c2", v1::PROGRESSING)},
       CommitState::kPending,
       "1 of 2 rollouts complete"},
      {"done",
       At("c2"),
       {Plan("api", "c2", v1::COMPLETE), Plan("db", "c1", v1::PROGRESSING),
        Plan("web", "c2", v1::COMPLETE)},
       CommitState::kSuccess,
       "2 of 2 rollouts complete"},
      {"one failed",
       At("c2"),
       {Plan("api", "c2", v1::PROGRESSING),
        Plan("web", "c2", v1::ROLLING_BACK)},
       CommitState::kFailure,
       "web: HostFailed: host a: it exited"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const auto status = OutcomeOf("prod", c.record, c.plans);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->source, "prod");
    EXPECT_EQ(status->commit, "c2");
    EXPECT_EQ(status->state, c.state);
    EXPECT_EQ(status->description, c.description);
  }
}

TEST(CommitOutcome, BeforeThereIsACommitNothingIsSaid) {
  EXPECT_FALSE(OutcomeOf("prod", {}, {}).has_value());
}

}  // namespace
}  // namespace rollout::gitops
