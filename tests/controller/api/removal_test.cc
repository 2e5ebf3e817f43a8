// SPDX-License-Identifier: Apache-2.0
//
// An operator deletes a plan, and asks what it waits for. There is no engine
// here that would take it away.

#include <string>

#include "controller/store/keys.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"
#include "tests/controller/store/committing.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

class RemovalTest : public ApiTest {
 protected:
  // A plan whose only host is h1, and what that says of itself.
  void SetUp() override {
    v1::ApplyResponse applied;
    ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
    store::AssignmentRecord record;
    record.set_plan("web");
    record.set_host("h1");
    store::Transaction transaction;
    transaction.puts.push_back(
        {store::AssignmentKey("web", "h1"), record.SerializeAsString()});
    ASSERT_TRUE(store::CommitNow(store_, transaction).ok());
    agent_ = Connect("h1", "web");
  }
  grpc::Status Delete(bool stop) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::DeleteRequest request;
    request.set_plan("web");
    request.set_message("moved");
    request.set_stop(stop);
    v1::DeleteResponse response;
    return alice().Delete(&context, request, &response);
  }
  v1::PlanStatus Status() {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::GetRequest request;
    request.set_plan("web");
    v1::GetResponse response;
    EXPECT_TRUE(alice().Get(&context, request, &response).ok());
    return response.plan();
  }
  v1::WhyResponse Why() {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::WhyRequest request;
    request.set_plan("web");
    v1::WhyResponse response;
    EXPECT_TRUE(alice().Why(&context, request, &response).ok());
    return response;
  }

  std::unique_ptr<AgentClient> agent_;
};

TEST_F(RemovalTest, IsShownWithTheHostsItWaitsFor) {
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  const v1::PlanStatus status = Status();
  EXPECT_TRUE(status.removal().stop());
  EXPECT_EQ(status.removal().cause().user(), "alice");
  EXPECT_EQ(status.removal().cause().message(), "moved");
  EXPECT_EQ(status.rollout().reason(), "PlanDeleted");
  ASSERT_EQ(status.hosts_size(), 1);
  EXPECT_EQ(status.hosts(0).host(), "h1");
  EXPECT_EQ(status.hosts(0).state(), "Removing");
  // Its hello says nothing of removals.
  EXPECT_EQ(status.hosts(0).rule(), "AgentTooOld");
  const v1::WhyResponse why = Why();
  EXPECT_TRUE(why.has_removal());
  ASSERT_EQ(why.hosts_size(), 1);
  EXPECT_EQ(why.hosts(0).rule(), "AgentTooOld");
}

TEST_F(RemovalTest, AHostThatIsAwayIsWaitedFor) {
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  agent_->Finish();
  ASSERT_TRUE(WaitForHost("h1", false));
  ASSERT_EQ(Why().hosts_size(), 1);
  EXPECT_EQ(Why().hosts(0).rule(), "Disconnected");
}

TEST_F(RemovalTest, IsRefusedWhereItMakesNoSense) {
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  v1::ApplyResponse applied;
  grpc::Status status = Apply(Manifest("web", "web", 8081), &applied);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("web is being removed (by "
                                                "alice: moved)"));
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  EXPECT_FALSE(Status().removal().stop());
  EXPECT_EQ(Delete(/*stop=*/true).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace rollout::api
