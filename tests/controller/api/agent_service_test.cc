// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"
#include "tests/e2e/wait_until.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

using AgentServiceTest = ApiTest;

TEST_F(AgentServiceTest, WelcomesAndCarriesAssignments) {
  AgentClient agent(DialAs(pki::Role::kHost, "h1"));
  ASSERT_TRUE(agent.SendHello("h1", "web"));
  auto welcome = agent.Receive();
  ASSERT_TRUE(welcome && welcome->has_welcome());
  EXPECT_EQ(welcome->welcome().epoch(), 1u);
  EXPECT_EQ(welcome->welcome().heartbeat_seconds(), 30u);
  // 3 ms for each host, of which there is one.
  EXPECT_EQ(FromProto(welcome->welcome().redial_spread()),
            absl::Milliseconds(3));
  ASSERT_TRUE(WaitUntilTold("h1"));

  v1::Assignment sent;
  sent.add_services()->set_plan("web");
  fleet_->Send("h1", sent);
  auto assignment = agent.Receive();
  ASSERT_TRUE(assignment && assignment->has_assignment());
  EXPECT_EQ(assignment->assignment().host(), "h1");
  EXPECT_EQ(assignment->assignment().services(0).plan(), "web");

  v1::Observation observation;
  observation.set_serial(7);
  observation.add_services()->set_plan("web");
  v1::AgentMessage message;
  *message.mutable_observation() = observation;
  v1::SwapReport& report = *message.add_swap_reports();
  report.set_id("web/1");
  report.set_plan("web");
  report.set_outcome(v1::SwapReport::STARTED);
  report.set_final(true);
  ASSERT_TRUE(agent.Send(message));
  // Once it is stored, what comes next is answered.
  auto answer = std::async(std::launch::async, [&] { return agent.Receive(); });
  ASSERT_TRUE(e2e::WaitUntil(absl::Seconds(10), [&] {
    return agent.SendObservation(observation) &&
           answer.wait_for(std::chrono::seconds(0)) ==
               std::future_status::ready;
  }));
  auto ack = answer.get();
  ASSERT_TRUE(ack && ack->swap_report_acks().size() == 1);
  EXPECT_EQ(ack->swap_report_acks(0).id(), "web/1");
  EXPECT_TRUE(ack->swap_report_acks(0).final());
  EXPECT_EQ(fleet_->FindHost("h1")->observation->serial(), 7u);
  EXPECT_EQ(history_->Swaps("web").size(), 1u);

  EXPECT_TRUE(agent.Finish().ok());
  EXPECT_TRUE(WaitForHost("h1", false));
}

TEST_F(AgentServiceTest, AHostSpeaksOnlyForItself) {
  AgentClient agent(DialAs(pki::Role::kHost, "b"));
  agent.SendHello("a", "web");
  EXPECT_FALSE(agent.Receive());
  grpc::Status status = agent.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(
      status.error_message(),
      HasSubstr("the certificate names host b, the session claims to be host "
                "a: set the agent's name"));
  EXPECT_FALSE(fleet_->FindHost("a"));
}

TEST_F(AgentServiceTest, AnOperatorIsNoHost) {
  AgentClient agent(DialAs(pki::Role::kOperator, "a"));
  agent.SendHello("a", "web");
  EXPECT_FALSE(agent.Receive());
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(AgentServiceTest, RefusesASecondHostOfTheName) {
  AgentClient first(DialAs(pki::Role::kHost, "a"));
  ASSERT_TRUE(first.SendHello("a", "web"));
  ASSERT_TRUE(first.Receive());
  AgentClient second(DialAs(pki::Role::kHost, "a"));
  second.SendHello("a", "web");
  EXPECT_FALSE(second.Receive());
  EXPECT_EQ(second.Finish().error_code(), grpc::StatusCode::ALREADY_EXISTS);
  // The first one is not disturbed, by what tries whether it is still there.
  auto probe = first.Receive();
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->ByteSizeLong(), 0u) << probe->ShortDebugString();
  EXPECT_TRUE(fleet_->FindHost("a")->connected);
  EXPECT_TRUE(first.SendObservation({}));
}

TEST_F(AgentServiceTest, TheSameHostMayComeBack) {
  for (int i = 0; i < 3; ++i) {
    AgentClient agent(DialAs(pki::Role::kHost, "a"));
    ASSERT_TRUE(agent.SendHello("a", "web"));
    ASSERT_TRUE(agent.Receive());
    agent.Cancel();
    ASSERT_TRUE(WaitForHost("a", false));
  }
}

TEST_F(AgentServiceTest, NoticesThatAMessageIsMissing) {
  AgentClient agent(DialAs(pki::Role::kHost, "a"));
  ASSERT_TRUE(agent.SendHello("a", "web"));
  ASSERT_TRUE(agent.Receive());
  v1::AgentMessage message;
  message.mutable_observation();
  agent.SetNextSequence(5);
  agent.Send(message);
  while (agent.Receive()) {
  }
  grpc::Status status = agent.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DATA_LOSS);
  EXPECT_EQ(status.error_message(), "message 5 came where 2 was due");
}

TEST_F(AgentServiceTest, ASessionBeginsWithHello) {
  AgentClient agent(DialAs(pki::Role::kHost, "a"));
  agent.SendObservation({});
  EXPECT_FALSE(agent.Receive());
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AgentServiceTest, ASilentSessionIsClosed) {
  AgentClient agent(DialAs(pki::Role::kHost, "a"));
  EXPECT_FALSE(agent.Receive());
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(AgentServiceTest, RefusesAnAddressThatIsNone) {
  AgentClient agent(DialAs(pki::Role::kHost, "a"));
  v1::AgentMessage message;
  message.mutable_hello()->mutable_host()->set_name("a");
  message.mutable_hello()->mutable_host()->set_address("web.example");
  agent.Send(message);
  EXPECT_FALSE(agent.Receive());
  grpc::Status status = agent.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("is not an IP address"));
}

TEST_F(AgentServiceTest, AStrangersCertificateIsRefused) {
  // Of an authority that is not the fleet's.
  std::string elsewhere = testing::TempDir() + "/elsewhere";
  pki::PkiDirectory other(elsewhere);
  ASSERT_TRUE(other.Init(clock_.Now()).ok());
  auto files = other.Issue(*pki::Subject::Make(pki::Role::kHost, "a", {}),
                           clock_.Now(), absl::Hours(1), elsewhere + "/a");
  ASSERT_TRUE(files.ok());
  TransportSecurity security;
  security.tls = {files->ca, files->certificate, files->key};
  AgentClient agent(Dial(security));
  agent.SendHello("a", "web");
  EXPECT_FALSE(agent.Receive());
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AgentServiceTest, OnlyTheNewestAssignmentIsSent) {
  AgentClient agent(DialAs(pki::Role::kHost, "a"));
  ASSERT_TRUE(agent.SendHello("a", "web"));
  ASSERT_TRUE(agent.Receive());
  ASSERT_TRUE(WaitUntilTold("a"));
  constexpr int kSent = 200;
  for (int i = 0; i < kSent; ++i) {
    v1::Assignment sent;
    // Large: the stream's window holds only a few of them.
    sent.add_services()->set_plan(std::string(100'000, 'x'));
    fleet_->Send("a", std::move(sent));
  }
  uint64_t last = 0;
  int received = 0;
  while (last < kSent) {
    auto message = agent.Receive();
    ASSERT_TRUE(message && message->has_assignment());
    EXPECT_GT(message->assignment().serial(), last);
    last = message->assignment().serial();
    ++received;
  }
  EXPECT_LT(received, kSent);
}

TEST_F(AgentServiceTest, StoppingEndsSessions) {
  AgentClient agent(DialAs(pki::Role::kHost, "a"));
  ASSERT_TRUE(agent.SendHello("a", "web"));
  ASSERT_TRUE(agent.Receive());
  server_->Stop();
  EXPECT_FALSE(agent.Receive());
  EXPECT_FALSE(agent.Finish().ok());
  EXPECT_FALSE(fleet_->FindHost("a")->connected);
}

}  // namespace
}  // namespace rollout::api
