// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl get, and what it shares with the other commands that print lists.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/golden.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/list_samples.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class GetTest : public ProgramTest {
 protected:
  GetTest() {
    controller_ = operator_.address();
    operator_.SetPlan(render::MidRollout());
    operator_.SetLists(render::SampleLists());
    operator_.SetHost(render::SampleLists().hosts(0));
  }

  // What it printed; nothing went wrong.
  std::string Out(std::vector<std::string> arguments) {
    Ran ran = Call(std::move(arguments));
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "");
    return ran.out;
  }

  FakeOperator operator_;
};

TEST_F(GetTest, EveryFormOfEveryKind) {
  for (const char* kind : {"plans", "rollouts", "hosts", "revisions", "swaps",
                           "events", "freezes", "sources"}) {
    for (const std::string form : {"table", "wide", "json", "yaml", "name"}) {
      SCOPED_TRACE(absl::StrCat(kind, " ", form));
      if (form == "name" && std::string(kind) == "events") continue;
      ExpectGolden(
          absl::StrCat("tests/rolloutctl/samples/get_", kind, ".", form),
          Out({"get", kind, "-o", form}));
    }
  }
}

TEST_F(GetTest, OneThingIsItself) {
  EXPECT_EQ(Out({"get", "plan", "web", "-o", "name"}), "plan/web\n");
  EXPECT_EQ(Out({"get", "hosts", "web-1", "-o", "name"}), "host/web-1\n");
  EXPECT_THAT(Out({"get", "host", "web-1", "-o", "yaml"}),
              HasSubstr("info:\n  name: \"web-1\""));
  EXPECT_THAT(Out({"get", "plan", "web", "-o", "wide"}), HasSubstr("HOSTS"));
}

TEST_F(GetTest, HostsCanBeSelectedByLabels) {
  EXPECT_EQ(Out({"get", "hosts", "-l", "zone=b", "-o", "name"}),
            "host/web-1\n");
  EXPECT_EQ(Out({"get", "hosts", "-l", "zone=b,role=web", "-o", "name"}),
            "host/web-1\n");
  EXPECT_EQ(Call({"get", "hosts", "-l", "zone=a"}).err, "no such hosts\n");
  EXPECT_EQ(Out({"get", "hosts", "-l", "zone=b,role=db", "-o", "json"}),
            "{\n  \"hosts\": []\n}\n");
}

TEST_F(GetTest, HeadersCanBeLeftOut) {
  EXPECT_EQ(Out({"get", "freezes", "--no-headers"}),
            "all      16m40s   ben   the sale\n"
            "zone=a   2h46m    ann   -\n");
  EXPECT_EQ(Call({"events", "--no-headers", "--user", "eve"}).out,
            Out({"get", "events", "--no-headers"}));
  EXPECT_THAT(Out({"history", "web", "--no-headers"}),
              ::testing::StartsWith("2   2   3f2a91c0de"));
}

TEST_F(GetTest, AnyFormCanBeSorted) {
  EXPECT_EQ(Out({"get", "rollouts", "--sort-by", "number", "-o", "name"}),
            "rollout/web/1\nrollout/web/2\n");
  EXPECT_EQ(Out({"get", "freezes", "--sort-by", "USER", "-o", "name"}),
            "freeze/zone=a\nfreeze/all\n");
  // A column that only -o wide shows.
  EXPECT_EQ(Out({"get", "plans", "--sort-by", "endpoints", "-o", "name"}),
            "plan/web\nplan/new\n");
  EXPECT_THAT(Out({"history", "web", "--sort-by", "rollout", "-o", "name"}),
              "rollout/web/1\nrollout/web/2\n");
  const std::string json = Out({"events", "--sort-by", "reason", "-o", "json"});
  EXPECT_LT(json.find("HostCordoned"), json.find("HostFailed"));
  EXPECT_LT(json.find("HostFailed"), json.find("RequestRefused"));
}

TEST_F(GetTest, WhatCanNotBeIsSaidBeforeTheControllerIsAsked) {
  struct Case {
    std::vector<std::string> arguments;
    std::string error;
  };
  const Case kCases[] = {
      {{"get", "hosts", "web-1", "-l", "zone=a"},
       "--selector: name a host, or select by labels, not both"},
      {{"get", "plans", "-l", "zone=a"}, "--selector: only hosts have labels"},
      {{"get", "hosts", "-l", "zone"},
       "--selector zone: \"zone\" is no label, which is written NAME=VALUE"},
      {{"get", "hosts", "--sort-by", "adress"},
       "--sort-by: there is no column \"adress\", did you mean ADDRESS? "
       "(there are: NAME, ADDRESS, "},
      {{"get", "events", "-o", "name"}, "what is listed has no names"},
      {{"events", "-o", "name"}, "what is listed has no names"},
      {{"get", "hosts", "-o", "xml"},
       "there are: table, wide, json, yaml, name"},
      {{"status", "web", "-o", "wide"}, "there are: table, json, yaml)"},
      {{"history", "web", "--sort-by", "host"}, "there is no column \"host\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.error);
    Ran ran = Call(c.arguments);
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr(c.error));
  }
  EXPECT_THAT(operator_.calls(), IsEmpty());
}

}  // namespace
}  // namespace rollout::ctl
