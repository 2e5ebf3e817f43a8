// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/grpc_question.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"
#include "tests/agent/probe/steered_group.h"

namespace rollout::probe {
namespace {

using ::testing::HasSubstr;

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

// Knows "shop", and the server as a whole.
class Server : public Health::Service {
 public:
  grpc::Status Check(grpc::ServerContext*, const HealthCheckRequest* request,
                     HealthCheckResponse* response) override {
    if (request->service() != "" && request->service() != "shop") {
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "unknown service");
    }
    const bool serves = request->service().empty() || shop_serves;
    response->set_status(serves ? HealthCheckResponse::SERVING
                                : HealthCheckResponse::NOT_SERVING);
    return grpc::Status::OK;
  }

  std::atomic<bool> shop_serves{true};
};

class GrpcQuestionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port_);
    builder.RegisterService(&health_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
  }
  void TearDown() override { server_->Shutdown(); }

  Answer Ask(const std::string& service) { return MakeQuestion(service).Ask(); }
  GrpcQuestion MakeQuestion(const std::string& service) {
    return GrpcQuestion(*NetAddress::Parse(absl::StrCat("127.0.0.1:", port_)),
                        0, service, absl::Seconds(10));
  }

  int port_ = 0;
  Server health_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(GrpcQuestionTest, IsGoodWhileTheServiceServes) {
  EXPECT_TRUE(Ask("").good);
  EXPECT_TRUE(Ask("shop").good);
  health_.shop_serves = false;
  Answer answer = Ask("shop");
  EXPECT_FALSE(answer.good);
  EXPECT_THAT(answer.message, HasSubstr("NOT_SERVING"));
  EXPECT_THAT(Ask("nobody").message, HasSubstr("code 5"));
}

TEST_F(GrpcQuestionTest, SaysThatNobodyListens) {
  server_->Shutdown();
  Answer answer = Ask("");
  EXPECT_FALSE(answer.good);
  EXPECT_THAT(answer.message, HasSubstr("127.0.0.1"));
}

TEST_F(GrpcQuestionTest, IsNotAskedOnceCancelled) {
  GrpcQuestion question = MakeQuestion("");
  question.Cancel();
  EXPECT_FALSE(question.Ask().good);
}

TEST(GrpcQuestion, EndsWhenItIsCancelled) {
  // Takes connections and says nothing.
  UniqueFd silent = OpenListener(*NetAddress::Parse("127.0.0.1:0"));
  GrpcQuestion question(LocalAddress(silent.get()), 0, "", absl::Minutes(5));
  std::thread asking([&question] { EXPECT_FALSE(question.Ask().good); });
  question.Cancel();
  asking.join();
}

TEST(GrpcQuestion, ReachesTheMarkedGeneration) {
  SteeredGroup group("127.0.0.1", 0x52000007);
  GrpcQuestion question(group.address(), 0x52000007, "",
                        absl::Milliseconds(100));
  EXPECT_FALSE(question.Ask().good);  // it says nothing
  EXPECT_EQ(group.CountDark(), 1);
  EXPECT_EQ(group.CountServing(), 0);
}

}  // namespace
}  // namespace rollout::probe
