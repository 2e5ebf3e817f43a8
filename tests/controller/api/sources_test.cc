// SPDX-License-Identifier: Apache-2.0
//
// Sources as operators see them, and a sync that they ask for.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

class SourcesTest : public ApiTest {
 protected:
  grpc::Status Sync(const std::string& source, v1::SyncResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::SyncRequest request;
    request.set_source(source);
    request.set_message("ticket 7");
    return alice().Sync(&context, request, response);
  }

  grpc::Status Get(const v1::GetRequest& request, v1::GetResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    return alice().Get(&context, request, response);
  }
};

TEST_F(SourcesTest, SyncAnswersWhenTheCommitIsApplied) {
  const std::string commit =
      fetcher_.Commit({{"web.yaml", Manifest("web", "web", 80)}}, "first");
  v1::SyncResponse response;
  const grpc::Status status = Sync("prod", &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.source().state(), v1::SYNCED);
  EXPECT_EQ(response.source().applied().id(), commit);
  ASSERT_EQ(response.source().plans_size(), 1);
  EXPECT_EQ(response.source().plans(0).plan(), "web");

  const auto asked = history_->Events({"", "", "SyncRequested"});
  ASSERT_EQ(asked.size(), 1);
  EXPECT_EQ(asked[0].user(), "alice");
  EXPECT_THAT(asked[0].message(), HasSubstr("ticket 7"));

  v1::GetRequest request;
  request.set_plan("web");
  v1::GetResponse plan;
  ASSERT_TRUE(Get(request, &plan).ok());
  EXPECT_EQ(plan.plan().sync().state(), v1::SYNCED);
  EXPECT_EQ(plan.plan().sync().source(), "prod");
  EXPECT_EQ(plan.plan().rollout().cause().origin().commit().subject(), "first");
}

TEST_F(SourcesTest, SyncTellsEveryErrorWithItsPlace) {
  fetcher_.Commit({{"a.yaml", Manifest("web", "web", 80)},
                   {"b.yaml", Manifest("api", "web", 80)}});
  auto agent = Connect("h1", "web");
  v1::SyncResponse response;
  ASSERT_TRUE(Sync("prod", &response).ok());
  EXPECT_EQ(response.source().reason(), "CommitRefused");
  EXPECT_THAT(response.source().message(), HasSubstr(".yaml:1:1: plans "));
  EXPECT_THAT(response.source().message(),
              HasSubstr("both claim 127.0.1.1:80"));
  EXPECT_TRUE(catalog_->PlanNames().empty());
}

TEST_F(SourcesTest, AnUnknownSourceIsNotFound) {
  v1::SyncResponse response;
  const grpc::Status status = Sync("prot", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean \"prod\"?"));
  v1::GetRequest request;
  request.set_source("other");
  v1::GetResponse none;
  EXPECT_EQ(Get(request, &none).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(SourcesTest, AreListedWithoutTheirPlans) {
  fetcher_.Commit({{"web.yaml", Manifest("web", "web", 80)}});
  v1::SyncResponse response;
  ASSERT_TRUE(Sync("prod", &response).ok());
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ListRequest request;
  request.set_kind(v1::SOURCES);
  v1::ListResponse list;
  ASSERT_TRUE(alice().List(&context, request, &list).ok());
  ASSERT_EQ(list.sources_size(), 1);
  EXPECT_EQ(list.sources(0).name(), "prod");
  EXPECT_EQ(list.sources(0).plan_count(), 1);
  EXPECT_EQ(list.sources(0).plans_size(), 0);
}

}  // namespace
}  // namespace rollout::api
