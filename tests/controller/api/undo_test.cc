// SPDX-License-Identifier: Apache-2.0
//
// What an undo goes back to is checked against the fleet as it is now.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

class UndoTest : public ApiTest {
 protected:
  // Plan web, to its first revision.
  grpc::Status Undo(v1::UndoResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::UndoRequest request;
    request.set_plan("web");
    request.set_to_revision(1);
    return alice().Undo(&context, request, response);
  }
};

TEST_F(UndoTest, GoesBackToAnOlderRevision) {
  v1::ApplyResponse first, second;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &first).ok());
  ASSERT_TRUE(Apply(Manifest("web", "web", 8081), &second).ok());
  v1::UndoResponse response;
  grpc::Status status = Undo(&response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.revision(), first.plans(0).revision());
  EXPECT_EQ(response.rollout(), 3);
}

// A step of 50% was one host of two, as many as may be in change, and is two of
// three: what was accepted once goes on to be.
TEST_F(UndoTest, AFleetThatGrowsMakesNoStepWrong) {
  const std::string strategy =
      "  strategy: {maxSurge: 1, steps: [{hosts: 50%, weight: 5%}]}\n";
  auto first = Connect("h1", "web"), second = Connect("h2", "web");
  v1::ApplyResponse applied;
  for (int port : {8080, 8081}) {
    ASSERT_TRUE(Apply(Manifest("web", "web", port) + strategy, &applied).ok());
  }
  auto third = Connect("h3", "web");
  EXPECT_TRUE(Apply(Manifest("web", "web", 8081) + strategy, &applied).ok());
  v1::UndoResponse response;
  const grpc::Status undone = Undo(&response);
  EXPECT_TRUE(undone.ok()) << undone.error_message();
  EXPECT_EQ(
      Apply(Manifest("api", "web", 9090) + strategy, &applied).error_code(),
      grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(UndoTest, TakesNoEndpointThatAnotherPlanHasTakenMeanwhile) {
  auto agent = Connect("h1", "web");
  v1::ApplyResponse applied;
  ASSERT_TRUE(Apply(Manifest("web", "web", 8080), &applied).ok());
  ASSERT_TRUE(Apply(Manifest("web", "web", 8081), &applied).ok());
  ASSERT_TRUE(Apply(Manifest("api", "web", 8080), &applied).ok());
  v1::UndoResponse response;
  grpc::Status status = Undo(&response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("plans api and web"));
  EXPECT_EQ(catalog_->FindPlan("web")->rollout.record.number(), 2);
}

}  // namespace
}  // namespace rollout::api
