// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

v1::PlanStatus InPhase(v1::RolloutPhase phase) {
  v1::PlanStatus status = render::MidRollout();
  status.mutable_rollout()->set_phase(phase);
  return status;
}

class WatchTest : public ProgramTest {
 protected:
  WatchTest() { controller_ = operator_.address(); }

  Ran Watch() { return Call({"status", "web", "--watch"}); }

  FakeOperator operator_;
};

TEST_F(WatchTest, TheExitCodeTellsHowItEnded) {
  struct Case {
    v1::RolloutPhase phase;
    int code;
    const char* error;
  };
  const Case kCases[] = {
      {v1::COMPLETE, 0, ""},
      {v1::FAILED, 2, "web: rollout 2 is Failed"},
      {v1::SUPERSEDED, 6, "web: rollout 2 is Superseded"},
      {v1::ROLLED_BACK, 3, "web: rollout 2 is RolledBack"},
      {v1::ABORTED, 3, "web: rollout 2 is Aborted"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(v1::RolloutPhase_Name(c.phase));
    operator_.AddWatch({{InPhase(v1::PROGRESSING), InPhase(c.phase)}, {}});
    Ran ran = Watch();
    EXPECT_EQ(ran.code, c.code);
    EXPECT_THAT(ran.err, HasSubstr(c.error));
    EXPECT_EQ(ran.err.empty(), c.code == 0);
  }
}

TEST_F(WatchTest, WritesALineForEachChange) {
  operator_.AddWatch({{InPhase(v1::PROGRESSING), InPhase(v1::PROGRESSING),
                       InPhase(v1::COMPLETE)},
                      {}});
  EXPECT_EQ(Watch().out,
            "08:00:00Z web: rollout 2 is Progressing, 1 of 4 hosts updated "
            "(1 host in change)\n"
            "08:00:00Z web-1: Updated, 77aa01bb2c 0%, 3f2a91c0de 100%\n"
            "08:00:00Z web-2: Starting, 77aa01bb2c 100%, 3f2a91c0de 0% (waits "
            "for the readiness probe)\n"
            "08:00:00Z web-3: Disconnected (not heard of: is its agent "
            "running?)\n"
            "08:00:00Z web-4: Pending (MaxSurge)\n"
            "08:00:00Z web: rollout 2 is Complete, 1 of 4 hosts updated "
            "(1 host in change)\n");
}

TEST_F(WatchTest, IsAVerbOfItsOwn) {
  const v1::PlanStatus statuses[] = {InPhase(v1::PROGRESSING),
                                     InPhase(v1::ROLLED_BACK)};
  operator_.AddWatch({{statuses[0], statuses[1]}, {}});
  const Ran status = Watch();
  operator_.AddWatch({{statuses[0], statuses[1]}, {}});
  const Ran watch = Call({"watch", "web"});
  EXPECT_EQ(watch.code, 3);
  EXPECT_EQ(watch.out, status.out);
  EXPECT_EQ(watch.err, status.err);
}

TEST_F(WatchTest, RedrawsOnATerminal) {
  window_ = WindowSize{60, 40};
  operator_.AddWatch({{render::MidRollout(), render::Complete()}, {}});
  Ran ran = Watch();
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("\rweb: rollout 2 is Progressing\x1b[K\n"));
  // The tree of MidRollout in so many columns.
  EXPECT_THAT(ran.out,
              HasSubstr("\x1b[36A\rweb: rollout 2 is Complete\x1b[K\n"));
}

TEST_F(WatchTest, TellsOfALossOnTheTerminalBelowTheStatus) {
  window_ = WindowSize{80, 40};
  operator_.AddWatch({{render::MidRollout()},
                      {grpc::StatusCode::UNAVAILABLE, "shutting down"}});
  operator_.AddWatch({{render::Complete()}, {}});
  Ran ran = Watch();
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.err, "");
  EXPECT_THAT(ran.out, HasSubstr("\rlost the controller, trying again: "
                                 "shutting down\x1b[K\n"));
}

TEST_F(WatchTest, AScriptGetsADocumentForEachChange) {
  operator_.AddWatch({{render::MidRollout(), render::Complete()}, {}});
  Ran ran = Call({"status", "web", "-w", "-o", "json"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
  EXPECT_THAT(ran.out, HasSubstr("\n{\"plan\":{\"name\":\"web\""));
}

TEST_F(WatchTest, SurvivesARestartOfTheController) {
  operator_.AddWatch({{InPhase(v1::PROGRESSING)},
                      {grpc::StatusCode::UNAVAILABLE, "shutting down"}});
  // A controller that stops in good order, and one that goes on.
  operator_.AddWatch({{}, {}});
  operator_.AddWatch({{InPhase(v1::COMPLETE)}, {}});
  Ran ran = Watch();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("lost the controller, trying again: shutting "
                                 "down"));
  EXPECT_THAT(operator_.calls(), SizeIs(3));
}

TEST_F(WatchTest, EndsWithTheTime) {
  operator_.AddWatch({{InPhase(v1::PROGRESSING)}, {}, /*stay_open=*/true});
  Ran ran = Call({"status", "web", "--watch", "--timeout", "200ms"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("not over after 0.20s: web: rollout 2 is "
                                 "Progressing"));
}

TEST_F(WatchTest, DoesNotTryAgainWhatCantSucceed) {
  Ran ran = Call({"status", "wbe", "--watch"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "rolloutctl: there is no plan \"wbe\"\n");
  RefusingAddress refusing;
  controller_ = refusing.text();
  ran = Watch();
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr(refusing.text() + ": connection refused"));
  EXPECT_THAT(ran.err, Not(HasSubstr("trying again")));
}

}  // namespace
}  // namespace rollout::ctl
