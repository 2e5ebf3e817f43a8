// SPDX-License-Identifier: Apache-2.0
//
// What scripts rely on: a test per exit code.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"
#include "tests/rolloutctl/render/samples.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;

v1::PlanStatus InPhase(v1::RolloutPhase phase) {
  v1::PlanStatus status = render::MidRollout();
  status.mutable_rollout()->set_phase(phase);
  return status;
}

// Under way, and no host can begin for that reason.
v1::PlanStatus Standing(const std::string& reason) {
  v1::PlanStatus status = InPhase(v1::PROGRESSING);
  v1::Condition* condition = status.mutable_rollout()->add_conditions();
  condition->set_type("Progressing");
  condition->set_reason(reason);
  return status;
}

v1::PlanStatus Paused() {
  v1::PlanStatus status = InPhase(v1::PROGRESSING);
  status.mutable_rollout()->set_paused(true);
  return status;
}

class ExitCodesTest : public ProgramTest {
 protected:
  ExitCodesTest() {
    controller_ = operator_.address();
    v1::ApplyResponse applied;
    applied.add_plans()->set_name("web");
    applied.mutable_plans(0)->set_rollout(2);
    operator_.SetApplied(applied);
  }

  // With statuses in a row, and no end after them.
  Ran Watch(std::vector<v1::PlanStatus> statuses,
            std::vector<std::string> more = {}) {
    operator_.AddWatch({std::move(statuses), {}, /*stay_open=*/true});
    std::vector<std::string> arguments = {"status", "web", "--watch"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Call(arguments);
  }

  Ran ApplyAndWait(std::vector<v1::PlanStatus> statuses,
                   std::vector<std::string> more = {}) {
    operator_.AddWatch({std::move(statuses), {}, /*stay_open=*/true});
    input_ = "x";
    std::vector<std::string> arguments = {"apply", "-f", "-", "--wait"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Call(arguments);
  }

  FakeOperator operator_;
};

TEST_F(ExitCodesTest, ZeroDone) {
  EXPECT_EQ(Watch({InPhase(v1::PROGRESSING), InPhase(v1::COMPLETE)}).code, 0);
  EXPECT_EQ(ApplyAndWait({InPhase(v1::COMPLETE)}).code, 0);
  EXPECT_EQ(Call({"pause", "web"}).code, 0);
}

TEST_F(ExitCodesTest, OneUsageOrConnection) {
  EXPECT_EQ(Call({"status"}).code, 1);
  EXPECT_EQ(Call({"status", "web", "--exit-on-wait"}).code, 1);
  EXPECT_EQ(Call({"apply", "-f", "-", "--exit-on-wait"}).code, 1);
  EXPECT_EQ(Call({"no-such-command"}).code, 1);
  RefusingAddress refusing;
  controller_ = refusing.text();
  EXPECT_EQ(Call({"status", "web", "--watch"}).code, 1);
}

TEST_F(ExitCodesTest, TwoFailedWithHostsOnDifferentRevisions) {
  EXPECT_EQ(Watch({InPhase(v1::FAILED)}).code, 2);
  EXPECT_EQ(ApplyAndWait({InPhase(v1::FAILED)}).code, 2);
}

TEST_F(ExitCodesTest, ThreeRolledBack) {
  EXPECT_EQ(Watch({InPhase(v1::ROLLED_BACK)}).code, 3);
  EXPECT_EQ(ApplyAndWait({InPhase(v1::ABORTED)}).code, 3);
}

TEST_F(ExitCodesTest, FourTimedOut) {
  EXPECT_EQ(Watch({InPhase(v1::PROGRESSING)}, {"--timeout", "100ms"}).code, 4);
  // Without the flag people are waited for, too.
  EXPECT_EQ(Watch({Paused()}, {"--timeout", "100ms"}).code, 4);
  EXPECT_EQ(ApplyAndWait({Standing("Frozen")}, {"--timeout", "100ms"}).code, 4);
}

TEST_F(ExitCodesTest, FiveWaitsForAPerson) {
  Ran ran = Watch({InPhase(v1::PROGRESSING), Paused()}, {"--exit-on-wait"});
  EXPECT_EQ(ran.code, 5);
  EXPECT_EQ(ran.err,
            "rolloutctl: rollout 2 of web is paused: go on with rolloutctl "
            "resume web, or abort\n");
  ran = ApplyAndWait({Standing("ApprovalRequired")}, {"--exit-on-wait"});
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.err, HasSubstr("waits for an approval: rolloutctl approve "
                                 "web, or reject\n"));
}

TEST_F(ExitCodesTest, SixSuperseded) {
  v1::PlanStatus newer = InPhase(v1::PROGRESSING);
  newer.mutable_rollout()->set_number(3);
  EXPECT_EQ(ApplyAndWait({newer}).code, 6);
  EXPECT_EQ(Watch({InPhase(v1::SUPERSEDED)}).code, 6);
}

TEST_F(ExitCodesTest, SevenFrozenOrDenied) {
  Ran ran = ApplyAndWait({Standing("Frozen")}, {"--exit-on-wait"});
  EXPECT_EQ(ran.code, 7);
  EXPECT_THAT(ran.err, HasSubstr("or for this rollout alone rolloutctl "
                                 "unfreeze web\n"));
  operator_.FailWith({grpc::StatusCode::PERMISSION_DENIED, "not you"});
  for (const std::vector<std::string>& denied :
       std::vector<std::vector<std::string>>{
           {"approve", "web"}, {"get", "plans"}, {"apply", "-f", "-"}}) {
    ran = Call(denied);
    EXPECT_EQ(ran.code, 7);
    EXPECT_EQ(ran.err, "rolloutctl: not you\n");
  }
}

TEST_F(ExitCodesTest, NobodyIsWaitedForWhoHasSpokenOrNeedNot) {
  v1::PlanStatus approved = Standing("ApprovalRequired");
  approved.mutable_rollout()->mutable_step()->mutable_approval()->set_user("b");
  v1::PlanStatus exempt = Standing("Frozen");
  exempt.mutable_rollout()->mutable_freeze_override()->set_user("b");
  const v1::PlanStatus kCases[] = {approved, exempt,
                                   // Resumed, and no pass has been since.
                                   Standing("Paused"), Standing("Baking")};
  for (const v1::PlanStatus& status : kCases) {
    SCOPED_TRACE(status.rollout().ShortDebugString());
    Ran ran = Watch({status, InPhase(v1::COMPLETE)}, {"--exit-on-wait"});
    EXPECT_EQ(ran.code, 0) << ran.err;
  }
}

TEST_F(ExitCodesTest, AnEarlierRolloutsPauseIsNotWaitedFor) {
  v1::PlanStatus before = Paused();
  before.mutable_rollout()->set_number(1);
  EXPECT_EQ(
      ApplyAndWait({before, InPhase(v1::COMPLETE)}, {"--exit-on-wait"}).code,
      0);
}

}  // namespace
}  // namespace rollout::ctl
