// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "controller/manifest/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/manifest/manifest_text.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"

namespace rollout::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class DiffTest : public ProgramTest {
 protected:
  DiffTest() { controller_ = operator_.address(); }

  // Plan web as `manifest` makes it.
  void Store(const std::string& manifest) {
    auto plans = manifest::ParseManifests({{"stored.yaml", manifest}});
    ASSERT_TRUE(plans.ok()) << plans.status();
    v1::PlanStatus status;
    status.mutable_plan()->set_name(plans->front().name);
    *status.mutable_plan()->mutable_spec() = plans->front().spec;
    operator_.SetPlan(status);
  }

  Ran Diff(const std::string& manifest) {
    input_ = manifest;
    return Call({"diff", "-f", "-"});
  }

  FakeOperator operator_;
};

TEST_F(DiffTest, AManifestThatChangesNothingIsSilent) {
  Store(manifest::Smallest());
  // A comment, and a default spelt out.
  Ran ran =
      Diff("# the site\n" + manifest::Smallest() + "    maxUnavailable: 0\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out + ran.err, "");
  EXPECT_THAT(operator_.calls(), ElementsAre(StartsWith("Get ")));
}

TEST_F(DiffTest, ShowsWhatAnApplyWouldChange) {
  Store(manifest::Smallest());
  Ran ran = Diff(absl::StrReplaceAll(manifest::Smallest(),
                                     {{"maxSurge: 1", "maxSurge: 25%"}}));
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out,
              StartsWith("--- stored/web.yaml\n+++ manifest/web.yaml\n@@ -"));
  EXPECT_THAT(ran.out, HasSubstr("\n-      count: 1\n+      percent: 25\n"));
}

TEST_F(DiffTest, WhatARepositorySaysOfItselfIsNoPlan) {
  Store(manifest::Smallest());
  Ran ran = Diff(manifest::Smallest() +
                 "---\napiVersion: rollout/v1\nkind: Source\n"
                 "metadata: {name: prod}\nspec: {}\n");
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, StartsWith("rolloutctl: left out -:18:1: "));
}

TEST_F(DiffTest, ANewPlanComesFromNothing) {
  Ran ran = Diff(manifest::Smallest());
  EXPECT_EQ(ran.code, 1);
  const auto lines = std::count(ran.out.begin(), ran.out.end(), '\n');
  EXPECT_THAT(ran.out, StartsWith(absl::StrCat(
                           "--- /dev/null\n+++ manifest/web.yaml\n@@ -0,0 +1,",
                           lines - 3, " @@\n+spec:\n+  hosts:\n")));
}

TEST_F(DiffTest, LabelsHaveNoOrder) {
  const std::string labels = "role: web\n      zone: a\n      rack: b\n";
  const std::string others = "rack: b\n      role: web\n      zone: a\n";
  Store(absl::StrReplaceAll(manifest::Smallest(), {{"role: web\n", labels}}));
  EXPECT_EQ(
      Diff(absl::StrReplaceAll(manifest::Smallest(), {{"role: web\n", others}}))
          .code,
      0);
}

TEST_F(DiffTest, OfSeveralPlansOnlyThoseThatDiffer) {
  Store(manifest::Smallest());
  Ran ran = Diff(
      manifest::Smallest() + "---\n" +
      absl::StrReplaceAll(manifest::Smallest(), {{"name: web", "name: new"}}));
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, StartsWith("--- /dev/null\n+++ manifest/new.yaml\n"));
  EXPECT_EQ(ran.out.find("web.yaml"), std::string::npos);
}

TEST_F(DiffTest, TroubleIsNoDifference) {
  Ran ran = Diff("kind: Plan\n");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, StartsWith("-:1:1: apiVersion: "));
  EXPECT_THAT(ran.err, EndsWith("rolloutctl: nothing was compared: correct the "
                                "manifest first\n"));
  EXPECT_THAT(operator_.calls(), IsEmpty());

  EXPECT_EQ(Call({"diff"}).code, 2);
  EXPECT_EQ(Call({"diff", "-f", Path("missing.yaml")}).code, 2);
  operator_.FailWith({grpc::StatusCode::UNAVAILABLE, "shutting down"});
  EXPECT_EQ(Diff(manifest::Smallest()).code, 2);
  operator_.FailWith({grpc::StatusCode::PERMISSION_DENIED, "not you"});
  ran = Diff(manifest::Smallest());
  EXPECT_EQ(ran.code, 7);
  EXPECT_EQ(ran.err, "rolloutctl: not you\n");
}

}  // namespace
}  // namespace rollout::ctl
