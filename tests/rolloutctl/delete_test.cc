// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl delete --wait, against a controller that plays a removal.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_operator.h"
#include "tests/rolloutctl/program_fixture.h"

namespace rollout::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const grpc::Status kGone(grpc::StatusCode::NOT_FOUND, "there is no plan");

// With so many of its hosts left.
v1::PlanStatus Removing(int hosts) {
  v1::PlanStatus status;
  status.mutable_plan()->set_name("web");
  status.mutable_rollout()->set_number(2);
  status.mutable_removal()->set_stop(true);
  status.mutable_removal()->mutable_cause()->set_user("ann");
  for (int i = 1; i <= hosts; ++i) {
    v1::PlanHostStatus* host = status.add_hosts();
    host->set_host("web-" + std::to_string(i));
    host->set_state("Removing");
    host->set_rule("Removing");
  }
  return status;
}

class DeleteTest : public ProgramTest {
 protected:
  DeleteTest() { controller_ = operator_.address(); }

  Ran Delete() { return Call({"delete", "web", "--stop", "--wait"}); }

  FakeOperator operator_;
};

TEST_F(DeleteTest, WaitsUntilThePlanIsGone) {
  operator_.AddWatch({{Removing(2), Removing(1)}, kGone});
  Ran ran = Delete();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "web is being removed by ann\n"
            "web-1: Removing\n"
            "web-2: Removing\n"
            "web-2: is done\n"
            "web is gone\n");
}

TEST_F(DeleteTest, AnotherPlanOfThatNameIsNotWaitedFor) {
  v1::PlanStatus anew = Removing(1);
  anew.clear_removal();
  operator_.AddWatch({{Removing(1), anew}, {}, /*stay_open=*/true});
  EXPECT_EQ(Delete().code, 0);
}

TEST_F(DeleteTest, SurvivesARestartOfTheController) {
  operator_.AddWatch(
      {{Removing(1)}, {grpc::StatusCode::UNAVAILABLE, "shutting down"}});
  operator_.AddWatch({{}, {}});
  operator_.AddWatch({{}, kGone});
  EXPECT_EQ(Delete().code, 0);
  EXPECT_THAT(operator_.calls(), SizeIs(4));
}

TEST_F(DeleteTest, EndsWithTheTime) {
  operator_.AddWatch({{Removing(3)}, {}, /*stay_open=*/true});
  Ran ran = Call({"delete", "web", "--stop", "--wait", "--timeout", "200ms"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("web is not gone after 0.20s: 3 hosts are "
                                 "left; see: rolloutctl why web"));
}

TEST_F(DeleteTest, ARefusalIsTold) {
  operator_.FailWith({grpc::StatusCode::FAILED_PRECONDITION, "too late"});
  Ran ran = Delete();
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.err, "rolloutctl: too late\n");
}

}  // namespace
}  // namespace rollout::ctl
