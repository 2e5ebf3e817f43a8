// SPDX-License-Identifier: Apache-2.0
//
// The commands that call the controller once, against a fake one.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/list_samples.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class CommandsTest : public ProgramTest {
 protected:
  CommandsTest() {
    controller_ = operator_.address();
    operator_.SetPlan(render::MidRollout());
    operator_.SetLists(render::SampleLists());
    operator_.SetHost(render::SampleLists().hosts(0));
    operator_.SetSource(render::SampleLists().sources(0));
    v1::ApplyResponse applied;
    v1::AppliedPlan* web = applied.add_plans();
    web->set_name("web");
    web->set_change(v1::AppliedPlan::CHANGED);
    operator_.SetApplied(applied);
    v1::UndoResponse undone;
    undone.set_rollout(3);
    undone.set_revision("77aa01bb2c");
    operator_.SetUndone(undone);
  }

  FakeOperator operator_;
};

TEST_F(CommandsTest, EachAsksTheControllerForWhatItSays) {
  struct Case {
    std::vector<std::string> arguments;
    std::string call;
    std::string out;
  };
  const Case kCases[] = {
      {{"pause", "web", "-m", "lunch"},
       R"(Pause {"plan":"web","message":"lunch"})",
       "web is paused: hosts that have begun finish, no other begins; go on "
       "with: rolloutctl resume web\n"},
      {{"resume", "web"}, R"(Resume {"plan":"web"})", "web goes on\n"},
      {{"retry", "web", "-m", "again"},
       R"(Retry {"plan":"web","message":"again"})",
       "web begins again; see: rolloutctl status web --watch\n"},
      {{"set", "artifact", "web", "--url", "file:///a", "--sha256", "00"},
       R"(SetArtifact {"plan":"web","url":"file:///a","sha256":"00"})",
       "web    Changed"},
      {{"sync", "prod", "-m", "now"},
       R"(Sync {"source":"prod","message":"now"})",
       "State:       OutOfSync, Drifted\n"},
      {{"describe", "source", "prod"},
       R"(Get {"source":"prod"})",
       "api    OutOfSync   Drifted   plans/api.yaml   an operator changed it"},
      {{"get", "source", "prod", "-o", "name"},
       R"(Get {"source":"prod"})",
       "source/prod\n"},
      {{"abort", "web", "--message", "errors"},
       R"(Abort {"plan":"web","message":"errors"})",
       "web is aborted: hosts go back to the stable revision, or keep"},
      {{"promote", "web", "-m", "looks good"},
       R"(Promote {"plan":"web","message":"looks good"})",
       "web is promoted: its canary step bakes no longer\n"},
      {{"promote", "web", "--full"},
       R"(Promote {"plan":"web","full":true})",
       "web is promoted: every host gets its turn\n"},
      {{"approve", "web"},
       R"(Approve {"plan":"web"})",
       "web is approved: it goes on when the canary step has baked\n"},
      {{"reject", "web", "-m", "no"},
       R"(Reject {"plan":"web","message":"no"})",
       "web is rejected: hosts go back to the stable revision, or keep"},
      {{"delete", "web", "-m", "moved"},
       R"(Delete {"plan":"web","message":"moved"})",
       "web is deleted: its services run on, orphaned; see: rolloutctl get "
       "hosts\n"},
      {{"delete", "web", "--stop"},
       R"(Delete {"plan":"web","stop":true})",
       "web is being removed: every host ends its service; see: rolloutctl why "
       "web\n"},
      {{"cordon", "web-1", "-m", "disk swap"},
       R"(Cordon {"host":"web-1","message":"disk swap"})",
       "web-1 is cordoned: what it runs goes on, rollouts pass it by"},
      {{"uncordon", "web-1"},
       R"(Uncordon {"host":"web-1"})",
       "web-1 is not cordoned any more"},
      {{"freeze", "-m", "the sale"},
       R"(Freeze {"hosts":{},"message":"the sale"})",
       "every host is frozen"},
      {{"freeze", "--selector", "env=b=c"},
       R"(Freeze {"hosts":{"matchLabels":{"env":"b=c"}}})",
       "every host with env=b=c is frozen"},
      {{"unfreeze", "-l", "zone=a"},
       R"(Unfreeze {"hosts":{"matchLabels":{"zone":"a"}}})",
       "the freeze of every host with zone=a is over"},
      {{"unfreeze", "web", "-m", "CVE"},
       R"(OverrideFreeze {"plan":"web","message":"CVE"})",
       "the rollout of web goes on where hosts are frozen"},
      {{"get", "freezes"}, R"(List {"kind":"FREEZES"})", "zone=a  "},
      {{"undo", "web"},
       R"(Undo {"plan":"web"})",
       "web goes to revision 77aa01bb2c in rollout 3"},
      {{"undo", "web", "--to-revision", "1", "-o", "json"},
       R"(Undo {"plan":"web","toRevision":"1"})",
       "\"rollout\": \"3\""},
      {{"status", "web"},
       R"(Get {"plan":"web"})",
       "web: rollout 2 is Progressing\n"},
      {{"status", "web", "-o", "yaml"},
       R"(Get {"plan":"web"})",
       "stableRevision: \"77aa01bb2c\""},
      {{"get", "plans"}, R"(List {"kind":"PLANS"})", "NAME   PHASE"},
      {{"get", "plan", "web"}, R"(Get {"plan":"web"})", "web    Progressing"},
      {{"get", "host", "web-1", "-o", "json"},
       R"(Get {"host":"web-1"})",
       "\"agentVersion\": \"0.1.0\""},
      {{"get", "swaps", "web"},
       R"(List {"kind":"SWAPS","plan":"web"})",
       "Swapped   0.21s     1.2ms"},
      {{"describe", "plan", "web"},
       R"(List {"kind":"EVENTS","plan":"web","events":{"limit":10}})",
       "\nspec:\n"},
      {{"describe", "plan", "web", "-o", "json"},
       R"(Get {"plan":"web"})",
       "\"stableRevision\": \"77aa01bb2c\""},
      {{"describe", "host", "web-1"},
       R"(List {"kind":"EVENTS","events":{"host":"web-1","limit":10}})",
       "Agent:       0.1.0, Linux "},
      {{"describe", "host", "web-1", "-o", "yaml"},
       R"(Get {"host":"web-1"})",
       "agentVersion: \"0.1.0\""},
      {{"describe", "swap", "web/5"},
       R"(List {"kind":"SWAPS","plan":"web"})",
       "Swap:        web/5 on web-1\n"},
      {{"describe", "swap", "web/3", "--host", "web-2", "-o", "json"},
       R"(List {"kind":"SWAPS","plan":"web"})",
       "\"outcome\": \"REFUSED\""},
      {{"get", "events", "-o", "yaml"},
       R"(List {"kind":"EVENTS"})",
       "events:\n  - plan: \"web\""},
      {{"get", "events"},
       R"(List {"kind":"EVENTS"})",
       "AGE     PLAN   ROLLOUT"},
      {{"why", "web"},
       R"(Why {"plan":"web"})",
       "every host is where the rollout wants it\n"},
      {{"why", "web", "web-1", "-o", "json"},
       R"(Why {"plan":"web","host":"web-1"})",
       "\"hosts\": []"},
      {{"events"}, R"(List {"kind":"EVENTS","events":{}})", "AGE     PLAN   "},
      {{"events", "web", "--host", "web-1", "--reason", "HostFailed", "--user",
        "ann", "--since", "1h30m", "--warnings", "--limit", "5"},
       R"(List {"kind":"EVENTS","plan":"web","events":{"host":"web-1",)"
       R"("reason":"HostFailed","user":"ann","within":"5400s",)"
       R"("onlyWarnings":true,"limit":5}})",
       "HostFailed"},
      {{"events", "-o", "json"},
       R"(List {"kind":"EVENTS","events":{}})",
       "\"result\": \"FailedPrecondition\""},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.call + " " + c.out);
    Ran ran = Call(c.arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr(c.out));
    EXPECT_EQ(ran.err, "");
    EXPECT_EQ(operator_.calls().back(), c.call);
  }
}

TEST_F(CommandsTest, ASelectorThatIsNoneIsShown) {
  for (const char* wrong : {"zone", "=a", "zone=a,", "zone=a,zone=b"}) {
    SCOPED_TRACE(wrong);
    Ran ran = Call({"freeze", "-l", wrong});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err,
                HasSubstr(std::string("--selector ") + wrong + ": \""));
  }
  EXPECT_TRUE(operator_.calls().empty());
}

TEST_F(CommandsTest, HistoryShowsWhatUndoTakes) {
  Ran ran = Call({"history", "web"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("1         1          77aa01bb2c"));
  EXPECT_THAT(operator_.calls(),
              ElementsAre(R"(Get {"plan":"web"})",
                          R"(List {"kind":"ROLLOUTS","plan":"web"})",
                          R"(List {"kind":"REVISIONS","plan":"web"})"));
}

TEST_F(CommandsTest, ASwapThatSeveralHostsHaveMustBeNamedInFull) {
  v1::ListResponse lists = render::SampleLists();
  *lists.add_swaps() = lists.swaps(0);
  lists.mutable_swaps(2)->set_host("web-3");
  operator_.SetLists(lists);
  EXPECT_THAT(Call({"describe", "swap", "web/5"}).err,
              HasSubstr("(web-1, web-3): name one with --host"));
  EXPECT_THAT(Call({"describe", "swap", "web/5", "--host", "web-3"}).out,
              StartsWith("Swap:        web/5 on web-3\n"));
}

TEST_F(CommandsTest, ASwapThatIsNotThereIsNamed) {
  EXPECT_THAT(Call({"describe", "swap", "web/9"}).err,
              HasSubstr("there is no swap web/9, or not any more"));
  EXPECT_THAT(Call({"describe", "swap", "web/5", "--host", "web-2"}).err,
              HasSubstr("there is no swap web/5 on host web-2"));
}

TEST_F(CommandsTest, AnEmptyTableSaysSo) {
  operator_.SetLists({});
  Ran ran = Call({"get", "hosts"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "no hosts yet\n");
  EXPECT_EQ(Call({"get", "hosts", "-o", "json"}).out,
            "{\n  \"hosts\": []\n}\n");
  EXPECT_EQ(Call({"events", "--user", "eve"}).err, "no such events\n");
  EXPECT_EQ(Call({"events", "-o", "json"}).out, "{\n  \"events\": []\n}\n");
}

TEST_F(CommandsTest, ErrorsOfTheControllerAreShownAsTheyAre) {
  Ran ran = Call({"status", "wbe"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "rolloutctl: there is no \"wbe\"\n");
  operator_.FailWith({grpc::StatusCode::UNAVAILABLE, "the store is busy"});
  EXPECT_EQ(Call({"pause", "web"}).err, "rolloutctl: the store is busy\n");
}

TEST_F(CommandsTest, WrongUsageNamesTheRemedy) {
  struct Case {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Case kCases[] = {
      {{}, "say which command to run"},
      {{"pki"}, "say which command to run"},
      {{"describe"}, "say which command to run"},
      {{"describe", "swap", "web"}, "write PLAN/GENERATION"},
      {{"aply"}, "aply"},
      {{"status"}, "plan is required: see \"rolloutctl status --help\""},
      {{"describe", "swap"}, "see \"rolloutctl describe swap --help\""},
      {{"statsu"}, "see \"rolloutctl --help\""},
      {{"adopt", "--host", "web-1", "--plan", "web.yaml"},
       "give --port, --pid, or both"},
      {{"get", "hots"}, "did you mean hosts?"},
      {{"get", "plans", "-o", "xml"}, "there are: table, wide, json, yaml"},
      {{"status", "web", "--timeout", "5m"}, "--timeout requires --watch"},
      {{"status", "web", "-w", "--timeout", "soon"}, "is not a time span"},
      {{"undo", "web", "--to-revision", "0"}, "--to-revision"},
      {{"apply"}, "--filename is required"},
      {{"events", "--since", "yesterday"},
       "--since: \"yesterday\" is not a time span (these are: 30d, 12h, "},
      {{"events", "--since", "-1h"}, "--since: \"-1h\" is not a time span"},
      {{"events", "--limit", "0"}, "--limit"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.message);
    Ran ran = Call(c.arguments);
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("rolloutctl: "));
    EXPECT_THAT(ran.err, HasSubstr(c.message));
  }
  EXPECT_THAT(operator_.calls(), IsEmpty());
}

TEST_F(CommandsTest, HelpIsAVerbAndAFlag) {
  EXPECT_EQ(Run({"help", "status"}).out, Run({"status", "--help"}).out);
  EXPECT_THAT(Run({"--help"}).out, HasSubstr("ROLLOUT_CONTROLLER"));
  EXPECT_EQ(Run({"help"}).out, Run({"--help"}).out);
}

TEST_F(CommandsTest, VersionAndPkiNeedNoController) {
  RefusingAddress refusing;
  controller_ = refusing.text();
  EXPECT_THAT(Call({"version"}).out, StartsWith("rolloutctl 0."));
  EXPECT_EQ(Call({"--version"}).out, Call({"version"}).out);
  EXPECT_EQ(Call({"pki", "init", "--dir", Path("pki")}).code, 0);
  Ran again = Call({"pki", "init", "--dir", Path("pki")});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  Ran issued = Call({"pki", "issue", "host", "web-1", "--dir", Path("pki"),
                     "--out", Path("out"), "--valid", "30d"});
  EXPECT_EQ(issued.code, 0) << issued.err;
  EXPECT_THAT(issued.out, HasSubstr("rollout://host/web-1, valid until "
                                    "2027-02-14 08:00:00 UTC"));
  EXPECT_THAT(issued.err, Not(HasSubstr("rolloutctl:")));
}

TEST_F(CommandsTest, ADriftedPlanIsShownWithItsDiff) {
  v1::Source source;
  source.set_name("prod");
  source.set_allow_empty(true);
  v1::PlanSync* plan = source.add_plans();
  plan->set_plan("api");
  plan->set_path("plans/api.yaml");
  plan->mutable_declared()->mutable_service()->add_command("/bin/v1");
  plan->mutable_actual()->mutable_service()->add_command("/bin/hand");
  operator_.SetSource(source);
  const Ran ran = Call({"describe", "source", "prod"});
  EXPECT_THAT(ran.out, HasSubstr("selfHeal off, prune off, allowEmpty on\n"));
  EXPECT_THAT(ran.out, HasSubstr("--- repository/plans/api.yaml\n"
                                 "+++ plan/api\n"));
  EXPECT_THAT(ran.out,
              HasSubstr("\n-      - \"/bin/v1\"\n+      - \"/bin/hand\"\n"));
}

}  // namespace
}  // namespace rollout::ctl
