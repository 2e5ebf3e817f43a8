// SPDX-License-Identifier: Apache-2.0
//
// Another artifact for a plan, all else as it is.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/plan_operations.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/memory_store.h"

namespace rollout::store {
namespace {

using ::testing::HasSubstr;

v1::Artifact Artifact(const std::string& url) {
  v1::Artifact artifact;
  artifact.set_url(url);
  return artifact;
}

class SetArtifactTest : public ::testing::Test {
 protected:
  SetArtifactTest() {
    v1::PlanSpec spec;
    spec.mutable_service()->add_command("/bin/web");
    *spec.mutable_service()->mutable_artifact() = Artifact("file:///1");
    Outcome<absl::StatusOr<std::vector<Applied>>> outcome;
    operations_.Apply({{"web", spec}}, Ann(), outcome);
    EXPECT_TRUE(outcome.Wait().ok());
  }
  ~SetArtifactTest() override { store_.Close(); }

  static v1::Cause Ann() {
    v1::Cause cause;
    cause.set_user("ann");
    return cause;
  }

  absl::StatusOr<std::vector<Applied>> Set(const std::string& plan,
                                           const std::string& url) {
    Outcome<absl::StatusOr<std::vector<Applied>>> outcome;
    operations_.SetArtifact(
        plan, Artifact(url), Ann(),
        [this](const NamedSpec& named) {
          if (before_write_) std::exchange(before_write_, nullptr)();
          asked_ = named.spec.service().artifact().url();
          return check_;
        },
        outcome);
    return outcome.Wait();
  }

  v1::PlanSpec spec() {
    return catalog_->FindPlan("web")->plan.record.plan().spec();
  }

  SystemClock clock_;
  MemoryStore store_;
  MemoryStore history_store_;
  std::unique_ptr<Catalog> catalog_ = *Catalog::Open(store_);
  std::unique_ptr<History> history_ = *History::Open(history_store_, {});
  PlanOperations operations_{*catalog_, *history_, clock_};
  absl::Status check_;
  // What the check was asked about last.
  std::string asked_;
  // Done once, after the plan was read.
  std::function<void()> before_write_;
};

TEST_F(SetArtifactTest, BeginsARolloutToIt) {
  auto applied = Set("web", "file:///2");
  ASSERT_TRUE(applied.ok()) << applied.status();
  ASSERT_EQ(applied->size(), 1);
  EXPECT_EQ(applied->front().change, Applied::Change::kChanged);
  EXPECT_EQ(applied->front().rollout, 2);
  EXPECT_EQ(asked_, "file:///2");
  EXPECT_EQ(spec().service().artifact().url(), "file:///2");
  EXPECT_EQ(spec().service().command(0), "/bin/web");
}

TEST_F(SetArtifactTest, TheSameChangesNothing) {
  auto applied = Set("web", "file:///1");
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(applied->front().change, Applied::Change::kUnchanged);
  EXPECT_EQ(applied->front().rollout, 0);
}

TEST_F(SetArtifactTest, AnUnknownPlanIsNotFound) {
  auto applied = Set("wep", "file:///2");
  EXPECT_TRUE(absl::IsNotFound(applied.status()));
  EXPECT_THAT(applied.status().message(), HasSubstr("did you mean \"web\"?"));
}

TEST_F(SetArtifactTest, WhatTheCheckRefusesIsNotWritten) {
  check_ = absl::FailedPreconditionError("no");
  EXPECT_EQ(Set("web", "file:///2").status(), check_);
  EXPECT_EQ(spec().service().artifact().url(), "file:///1");
}

TEST_F(SetArtifactTest, WhatSomebodyElseChangedMeanwhileIsNotLost) {
  before_write_ = [this] {
    v1::PlanSpec other = spec();
    other.mutable_service()->set_user("www");
    Outcome<absl::StatusOr<std::vector<Applied>>> outcome;
    operations_.Apply({{"web", other}}, Ann(), outcome);
    ASSERT_TRUE(outcome.Wait().ok());
  };
  EXPECT_TRUE(absl::IsAborted(Set("web", "file:///2").status()));
  EXPECT_EQ(spec().service().user(), "www");
  EXPECT_EQ(spec().service().artifact().url(), "file:///1");
}

}  // namespace
}  // namespace rollout::store
