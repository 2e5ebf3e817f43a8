// SPDX-License-Identifier: Apache-2.0
//
// Channels over real streams: who may open and take one, and how they end.

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/api/api_fixture.h"

namespace rollout::api {
namespace {

using ::testing::HasSubstr;

using Stream = grpc::ClientReaderWriter<v1::ChannelMessage, v1::ChannelMessage>;

// One end of a channel, an operator's or an agent's. Blocking.
class ChannelClient {
 public:
  template <typename Stub>
  explicit ChannelClient(Stub& stub) {
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(20));
    stream_ = stub.Channel(&context_);
  }

  bool Send(const v1::ChannelMessage& message) {
    return stream_->Write(message);
  }
  bool SendData(const std::string& data) {
    v1::ChannelMessage message;
    message.set_data(data);
    return Send(message);
  }
  bool SendEnd() {
    v1::ChannelMessage message;
    message.mutable_end_of_data();
    return Send(message);
  }
  bool Request(const std::string& host) {
    v1::ChannelMessage message;
    message.mutable_request()->set_host(host);
    message.mutable_request()->mutable_target()->set_service("web");
    message.mutable_request()->mutable_target()->mutable_proxy();
    return Send(message);
  }
  bool Take(const std::string& id) {
    v1::ChannelMessage message;
    message.set_take(id);
    return Send(message);
  }
  std::optional<v1::ChannelMessage> Receive() {
    v1::ChannelMessage message;
    if (!stream_->Read(&message)) return std::nullopt;
    return message;
  }
  // "" for anything else.
  std::string ReceiveData() {
    auto message = Receive();
    return message ? message->data() : "";
  }
  grpc::Status Finish() {
    while (Receive()) {
    }
    return stream_->Finish();
  }
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
};

class ChannelsTest : public ApiTest {
 protected:
  ChannelsTest()
      : h1_(v1::AgentService::NewStub(DialAs(pki::Role::kHost, "h1"))) {}

  // Connects host h1.
  std::unique_ptr<AgentClient> ConnectHost(bool takes_channels = true) {
    auto agent = std::make_unique<AgentClient>(DialAs(pki::Role::kHost, "h1"));
    v1::AgentMessage message;
    message.mutable_hello()->mutable_host()->set_name("h1");
    message.mutable_hello()->mutable_host()->set_address("127.0.1.1");
    message.mutable_hello()->mutable_host()->set_agent_version("1.2");
    message.mutable_hello()->set_takes_channels(takes_channels);
    EXPECT_TRUE(agent->Send(message));
    EXPECT_TRUE(agent->Receive());
    EXPECT_TRUE(WaitUntilTold("h1"));
    return agent;
  }

  // The id of the channel that the agent is asked to take.
  std::string Asked(AgentClient& agent) {
    auto message = agent.Receive();
    EXPECT_TRUE(message && message->open_channels().size() == 1);
    return message ? message->open_channels(0).id() : "";
  }

  std::unique_ptr<v1::AgentService::Stub> h1_;
};

TEST_F(ChannelsTest, CarriesBytesBothWaysAndEndsWell) {
  auto agent = ConnectHost();
  ChannelClient here(alice());
  ASSERT_TRUE(here.Request("h1"));
  ChannelClient there(*h1_);
  ASSERT_TRUE(there.Take(Asked(*agent)));
  v1::ChannelMessage opened;
  opened.mutable_opened();
  ASSERT_TRUE(there.Send(opened));
  auto first = here.Receive();
  ASSERT_TRUE(first && first->has_opened());
  ASSERT_TRUE(here.SendData("question"));
  EXPECT_EQ(there.ReceiveData(), "question");
  ASSERT_TRUE(here.SendEnd());
  auto end = there.Receive();
  EXPECT_TRUE(end && end->has_end_of_data());
  ASSERT_TRUE(there.SendData("answer"));
  EXPECT_EQ(here.ReceiveData(), "answer");
  ASSERT_TRUE(there.SendEnd());
  EXPECT_TRUE(here.Finish().ok());
  EXPECT_TRUE(there.Finish().ok());
}

TEST_F(ChannelsTest, AnEventTellsWhoOpenedItOrWhyNot) {
  auto agent = ConnectHost();
  {
    ChannelClient here(alice()), there(*h1_);
    ASSERT_TRUE(here.Request("h1"));
    ASSERT_TRUE(there.Take(Asked(*agent)));
    EXPECT_TRUE(history_->Events("").empty());
    v1::ChannelMessage opened;
    opened.mutable_opened();
    ASSERT_TRUE(there.Send(opened));
    ASSERT_TRUE(here.Receive());
    ASSERT_TRUE(there.SendEnd() && here.SendEnd());
    EXPECT_TRUE(here.Finish().ok());
  }
  {
    ChannelClient here(alice()), there(*h1_);
    ASSERT_TRUE(here.Request("h1"));
    ASSERT_TRUE(there.Take(Asked(*agent)));
    v1::ChannelMessage end;
    end.mutable_end()->set_code(grpc::StatusCode::NOT_FOUND);
    end.mutable_end()->set_message("generation 2 of web has ended");
    ASSERT_TRUE(there.Send(end));
    EXPECT_FALSE(here.Finish().ok());
  }
  auto stub = v1::OperatorService::NewStub(DialAs(pki::Role::kHost, "h1"));
  ChannelClient stranger(*stub);
  EXPECT_FALSE(stranger.Finish().ok());

  const std::vector<v1::Event> events = history_->Events("");
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[2].reason(), "ProxyOpened");
  EXPECT_EQ(events[2].host(), "h1");
  EXPECT_EQ(events[2].plan(), "web");
  EXPECT_EQ(events[2].user(), "alice");
  EXPECT_THAT(events[2].address(), HasSubstr("127.0.0.1:"));
  EXPECT_EQ(events[2].result(), "OK");
  EXPECT_EQ(events[1].reason(), "RequestRefused");
  EXPECT_EQ(events[1].host(), "h1");
  EXPECT_EQ(events[1].message(), "Proxy: generation 2 of web has ended");
  EXPECT_EQ(events[1].result(), "NotFound");
  EXPECT_EQ(events[0].user(), "host h1");
  EXPECT_EQ(events[0].result(), "PermissionDenied");
}

TEST_F(ChannelsTest, SaysWhyThereIsNone) {
  struct Row {
    std::string host;
    grpc::StatusCode code;
    std::string message;
  };
  auto old = ConnectHost(/*takes_channels=*/false);
  for (const Row& row : std::vector<Row>{
           {"h9", grpc::StatusCode::NOT_FOUND, "there is no host \"h9\""},
           {"h1", grpc::StatusCode::FAILED_PRECONDITION, "update it"},
           {"", grpc::StatusCode::INVALID_ARGUMENT, "a channel leads to"},
       }) {
    SCOPED_TRACE(row.message);
    ChannelClient here(alice());
    here.Request(row.host);
    grpc::Status status = here.Finish();
    EXPECT_EQ(status.error_code(), row.code);
    EXPECT_THAT(status.error_message(), HasSubstr(row.message));
  }
  EXPECT_TRUE(old->Finish().ok());
  ASSERT_TRUE(WaitForHost("h1", false));
  ChannelClient here(alice());
  here.Request("h1");
  EXPECT_EQ(here.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ChannelsTest, OnlyTheHostItIsMeantForMayTakeIt) {
  auto agent = ConnectHost();
  ChannelClient here(alice());
  ASSERT_TRUE(here.Request("h1"));
  const std::string id = Asked(*agent);
  auto h2 = v1::AgentService::NewStub(DialAs(pki::Role::kHost, "h2"));
  ChannelClient stranger(*h2);
  stranger.Take(id);
  EXPECT_EQ(stranger.Finish().error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  // It still waits for the right one.
  ChannelClient there(*h1_);
  ASSERT_TRUE(there.Take(id));
  ASSERT_TRUE(there.SendData("me"));
  EXPECT_EQ(here.ReceiveData(), "me");
  // And is taken once.
  ChannelClient again(*h1_);
  again.Take(id);
  EXPECT_EQ(again.Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ChannelsTest, OnlyAnOperatorMayOpenOne) {
  auto stub = v1::OperatorService::NewStub(DialAs(pki::Role::kHost, "h1"));
  ChannelClient here(*stub);
  here.Request("h1");
  EXPECT_EQ(here.Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ChannelsTest, AnAgentThatDoesNotTakeItIsGivenUp) {
  auto agent = ConnectHost();
  ChannelClient here(alice());
  ASSERT_TRUE(here.Request("h1"));
  grpc::Status status = here.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("did not take the channel"));
  ChannelClient there(*h1_);
  there.Take(Asked(*agent));
  EXPECT_EQ(there.Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ChannelsTest, WhoLeavesEndsIt) {
  auto agent = ConnectHost();
  {
    ChannelClient here(alice()), there(*h1_);
    ASSERT_TRUE(here.Request("h1"));
    ASSERT_TRUE(there.Take(Asked(*agent)));
    ASSERT_TRUE(there.SendData("x"));
    EXPECT_EQ(here.ReceiveData(), "x");
    there.Cancel();
    grpc::Status status = here.Finish();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_THAT(status.error_message(), HasSubstr("host h1 went away"));
  }
  ChannelClient here(alice()), there(*h1_);
  ASSERT_TRUE(here.Request("h1"));
  ASSERT_TRUE(there.Take(Asked(*agent)));
  here.Cancel();
  EXPECT_EQ(there.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ChannelsTest, WhatTheAgentSaysIsWhatTheOperatorHears) {
  auto agent = ConnectHost();
  ChannelClient here(alice()), there(*h1_);
  ASSERT_TRUE(here.Request("h1"));
  ASSERT_TRUE(there.Take(Asked(*agent)));
  v1::ChannelMessage end;
  end.mutable_end()->set_code(grpc::StatusCode::NOT_FOUND);
  end.mutable_end()->set_message("generation 2 of web has ended");
  ASSERT_TRUE(there.Send(end));
  grpc::Status status = here.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "generation 2 of web has ended");
}

TEST_F(ChannelsTest, SilentAndConfusedStreamsAreClosed) {
  ChannelClient silent(alice());
  EXPECT_EQ(silent.Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  ChannelClient confused(alice());
  confused.SendData("x");
  EXPECT_EQ(confused.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ChannelClient agent(*h1_);
  agent.SendData("x");
  EXPECT_EQ(agent.Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ChannelsTest, AHostHasNoMoreThanItsShare) {
  auto agent = ConnectHost();
  // Taken, so that they last as long as it takes to open them all.
  std::vector<std::unique_ptr<ChannelClient>> heres, theres;
  for (int i = 0; i < 512; ++i) {
    heres.push_back(std::make_unique<ChannelClient>(alice()));
    theres.push_back(std::make_unique<ChannelClient>(*h1_));
    ASSERT_TRUE(heres.back()->Request("h1"));
    ASSERT_TRUE(theres.back()->Take(Asked(*agent)));
  }
  ChannelClient refused(alice());
  ASSERT_TRUE(refused.Request("h1"));
  EXPECT_EQ(refused.Finish().error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Those that have ended make room, when the controller has let them go: that
  // is after both ends have heard of it.
  ASSERT_TRUE(theres.back()->SendEnd() && heres.back()->SendEnd());
  EXPECT_TRUE(heres.back()->Finish().ok());
  theres.back()->Finish();
  grpc::StatusCode code = grpc::StatusCode::RESOURCE_EXHAUSTED;
  while (code == grpc::StatusCode::RESOURCE_EXHAUSTED) {
    ChannelClient here(alice());
    here.Request("h1");
    code = here.Finish().error_code();
  }
  EXPECT_EQ(code, grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ChannelsTest, WhatHasEndedCountsNoMore) {
  auto agent = ConnectHost();
  for (int i = 0; i < 600; ++i) {
    ChannelClient here(alice()), there(*h1_);
    ASSERT_TRUE(here.Request("h1"));
    ASSERT_TRUE(there.Take(Asked(*agent)));
    ASSERT_TRUE(there.SendEnd() && here.SendEnd());
    grpc::Status status = here.Finish();
    ASSERT_TRUE(status.ok()) << i << ": " << status.error_message();
    there.Finish();
  }
}

// Nobody reads at one end: the controller takes no more than a few messages.
TEST_F(ChannelsTest, HoldsUpWhoSendsWhileTheOtherDoesNotRead) {
  auto agent = ConnectHost();
  ChannelClient here(alice()), there(*h1_);
  ASSERT_TRUE(here.Request("h1"));
  ASSERT_TRUE(there.Take(Asked(*agent)));
  const std::string piece(64 << 10, 'x');
  constexpr int kPieces = 2048;
  std::atomic<int> sent{0};
  std::thread sender([&] {
    while (sent < kPieces && there.SendData(piece)) ++sent;
    there.SendEnd();
  });
  ASSERT_EQ(here.ReceiveData().size(), piece.size());
  EXPECT_LT(sent, kPieces);
  int received = 1, most_on_the_way = 0;
  while (here.ReceiveData().size() == piece.size()) {
    ++received;
    most_on_the_way = std::max(most_on_the_way, sent - received);
  }
  EXPECT_EQ(received, kPieces);
  // 64 MiB: on each of two connections gRPC's window, which it lets grow to
  // 16 MiB, and the kernel's buffers.
  EXPECT_LT(most_on_the_way, 1024);
  sender.join();
  EXPECT_TRUE(here.SendEnd());
  EXPECT_TRUE(here.Finish().ok());
}

}  // namespace
}  // namespace rollout::api
