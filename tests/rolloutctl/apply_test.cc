// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolloutctl/manifest_files.h"
#include "tests/controller/manifest/manifest_text.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr char kSource[] =
    "apiVersion: rollout/v1\nkind: Source\nmetadata: {name: prod}\nspec: {}\n";

class ApplyTest : public ProgramTest {
 protected:
  ApplyTest() {
    controller_ = operator_.address();
    v1::ApplyResponse applied;
    auto* plan = applied.add_plans();
    plan->set_name("web");
    plan->set_change(v1::AppliedPlan::CHANGED);
    plan->set_revision("3f2a91c0de");
    plan->set_rollout(2);
    operator_.SetApplied(applied);
  }

  // What the controller was sent, as "PATH=CONTENT".
  std::vector<std::string> Sent() {
    std::vector<std::string> sent;
    for (const v1::ManifestFile& file : operator_.manifests()) {
      std::string path = file.path();
      if (path.find(top_) == 0) path = path.substr(top_.size() + 1);
      sent.push_back(path + "=" + file.content());
    }
    return sent;
  }

  FakeOperator operator_;
};

TEST_F(ApplyTest, SendsFilesAsTheyAre) {
  Write("web.conf", "kind: Plan # a\n");
  Ran ran = Call({"apply", "-f", Path("web.conf"), "-m", "why"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "PLAN   CHANGE    REVISION     ROLLOUT\n"
            "web    Changed   3f2a91c0de   2\n");
  EXPECT_THAT(Sent(), ElementsAre("web.conf=kind: Plan # a\n"));
  EXPECT_THAT(operator_.calls()[0], HasSubstr(R"("message":"why")"));
}

TEST_F(ApplyTest, SendsADirectorysManifestsSortedAndStandardInput) {
  Write("plans/b.yaml", "b");
  Write("plans/a.yml", "a");
  Write("plans/notes.txt", "no");
  Write("plans/deeper/c.yaml", "no");
  input_ = "from a pipe";
  EXPECT_EQ(Call({"apply", "-f", Path("plans"), "-f", "-"}).code, 0);
  EXPECT_THAT(Sent(),
              ElementsAre("plans/a.yml=a", "plans/b.yaml=b", "-=from a pipe"));
}

TEST_F(ApplyTest, SendsNothingWhenSomethingCantBeRead) {
  Write("good.yaml", "good");
  Write("big.yaml", std::string(kMaxManifestBytes + 1, 'x'));
  Write("latin.yaml", "one\ntwo \xE4\n");
  Write("empty/notes.txt", "");
  for (int i = 0; i < 9; ++i) {
    Write("many/" + std::to_string(i) + ".yaml",
          std::string(kMaxManifestBytes, 'x'));
  }
  struct Case {
    std::string name;
    std::string message;
  };
  const Case kCases[] = {
      {"missing.yaml", "missing.yaml: cannot be read: No such file"},
      {"big.yaml", "big.yaml: holds more than 1 MiB"},
      {"latin.yaml", "latin.yaml:2: this is not UTF-8 text"},
      {"empty", "empty: there is no *.yaml or *.yml in it"},
      {"many", "the manifests together hold more than 8 MiB"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    Ran ran = Call({"apply", "-f", Path("good.yaml"), "-f", Path(c.name)});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, HasSubstr(c.message));
  }
  EXPECT_THAT(operator_.calls(), IsEmpty());
}

TEST_F(ApplyTest, ManifestErrorsStandAtTheBeginningOfTheirLines) {
  operator_.FailWith({grpc::StatusCode::INVALID_ARGUMENT,
                      "web.yaml:3:5: unknown key\nweb.yaml:9:1: no"});
  Write("web.yaml", "x");
  Ran ran = Call({"apply", "-f", Path("web.yaml")});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "web.yaml:3:5: unknown key\nweb.yaml:9:1: no\n"
            "rolloutctl: nothing was applied: correct the manifest, then apply "
            "it again\n");
}

TEST_F(ApplyTest, WarningsDoNotDisturbTheOutput) {
  v1::ApplyResponse applied;
  auto* plan = applied.add_plans();
  plan->set_name("web");
  plan->add_warnings("no host matches now");
  operator_.SetApplied(applied);
  input_ = "x";
  Ran ran = Call({"apply", "-f", "-", "-o", "json"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out[0], '{');
  EXPECT_EQ(ran.err, "rolloutctl: warning: web: no host matches now\n");
}

TEST_F(ApplyTest, ADryRunOnTheServerAsksWhatApplyWouldDo) {
  Write("web.yaml", "x");
  Ran ran = Call({"apply", "-f", Path("web.yaml"), "--dry-run=server"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("web    Changed   3f2a91c0de   2\n"));
  EXPECT_EQ(ran.err, "rolloutctl: a dry run: nothing was applied\n");
  EXPECT_THAT(operator_.calls(), ElementsAre(StartsWith("TryApply ")));
  EXPECT_THAT(Sent(), ElementsAre("web.yaml=x"));
}

TEST_F(ApplyTest, ADryRunOnTheClientAsksNobody) {
  controller_ = "127.0.0.1:1";
  Write("web.yaml", manifest::Smallest());
  Ran ran = Call({"apply", "-f", Path("web.yaml"), "--dry-run", "client"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "PLAN   MANIFEST\nweb    " + Path("web.yaml") + ":1:1\n");
  EXPECT_EQ(ran.err, "rolloutctl: a dry run: nothing was applied\n");
  EXPECT_THAT(
      Call({"apply", "-f", Path("web.yaml"), "--dry-run=client", "-o", "json"})
          .out,
      HasSubstr(R"("name": "web")"));

  Write("web.yaml", "kind: Plan\n");
  ran = Call({"apply", "-f", Path("web.yaml"), "--dry-run", "client"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, StartsWith(Path("web.yaml") + ":1:1: apiVersion: "));
  EXPECT_THAT(ran.err, HasSubstr("rolloutctl: nothing was applied: correct"));
}

TEST_F(ApplyTest, WhatARepositorySaysOfItselfIsLeftOutAndSaid) {
  Write("plans/source.yaml", kSource);
  Write("plans/web.yaml", manifest::Smallest());
  const std::string note =
      "rolloutctl: left out " + Path("plans") +
      "/source.yaml:1:1: a document of kind Source is read from the repository "
      "that a source of the controller follows\n";
  Ran ran = Call({"apply", "-f", Path("plans")});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, note);
  ran = Call({"apply", "-f", Path("plans"), "--dry-run=client"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, StartsWith(note));
  ran = Call({"apply", "-f", Path("plans/source.yaml"), "--dry-run=client"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("there is no plan here"));
}

TEST_F(ApplyTest, ADryRunIsOfAKindAndWaitsForNothing) {
  input_ = "x";
  EXPECT_EQ(Call({"apply", "-f", "-", "--dry-run=no"}).code, 1);
  EXPECT_EQ(Call({"apply", "-f", "-", "--dry-run"}).code, 1);
  EXPECT_EQ(Call({"apply", "-f", "-", "--dry-run=server", "--wait"}).code, 1);
  EXPECT_THAT(operator_.calls(), IsEmpty());
}

TEST_F(ApplyTest, WaitsForTheRolloutItStarted) {
  input_ = "x";
  v1::PlanStatus before = render::Complete();
  before.mutable_rollout()->set_number(1);
  operator_.AddWatch({{before, render::MidRollout(), render::Complete()}, {}});
  Ran ran = Call({"apply", "-f", "-", "--wait", "--timeout", "1m"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("web: rollout 2 is Complete"));
  EXPECT_EQ(operator_.calls().back(),
            R"(Watch {"plan":"web","untilFinished":true})");
}

TEST_F(ApplyTest, ANewerRolloutEndsTheWait) {
  input_ = "x";
  v1::PlanStatus newer = render::MidRollout();
  newer.mutable_rollout()->set_number(3);
  operator_.AddWatch({{newer}, {}, true});
  Ran ran = Call({"apply", "-f", "-", "--wait"});
  EXPECT_EQ(ran.code, 6);
  EXPECT_THAT(ran.err, HasSubstr("rollout 2 of web was superseded by rollout "
                                 "3"));
}

}  // namespace
}  // namespace rollout::ctl
