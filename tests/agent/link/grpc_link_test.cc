// SPDX-License-Identifier: Apache-2.0

#include "agent/link/grpc_link.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "tests/agent/link/fake_controller.h"

namespace rollout::link {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Observation Serial(uint64_t serial) {
  v1::Observation observation;
  observation.set_serial(serial);
  return observation;
}

v1::SwapReport Report(const std::string& id) {
  v1::SwapReport report;
  report.set_id(id);
  return report;
}

v1::ControllerMessage AssignmentWith(uint64_t serial) {
  v1::ControllerMessage message;
  message.mutable_assignment()->set_serial(serial);
  return message;
}

v1::ControllerMessage Ack(const std::string& id, bool final) {
  v1::ControllerMessage message;
  v1::SwapReportAck* ack = message.add_swap_report_acks();
  ack->set_id(id);
  ack->set_final(final);
  return message;
}

class GrpcLinkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    v1::Welcome welcome;
    welcome.set_epoch(1);
    welcome.set_heartbeat_seconds(3600);
    controller_.SetWelcome(welcome);
    controller_.Start();
  }

  void Open(absl::Duration welcome_timeout = absl::Seconds(20)) {
    GrpcLinkSettings settings;
    settings.controller = controller_.address();
    settings.host.set_name("web-1");
    settings.credentials = grpc::InsecureChannelCredentials();
    settings.first_wait = absl::Milliseconds(10);
    settings.longest_wait = absl::Milliseconds(100);
    settings.welcome_timeout = welcome_timeout;
    LinkEvents events;
    events.on_assignment = [this](v1::Assignment assignment) {
      Note(absl::StrCat("assignment ", assignment.serial()));
    };
    events.on_report_stored = [this](std::string id, bool final) {
      Note(absl::StrCat("stored ", id, final ? " final" : ""));
    };
    events.on_channel = [this](v1::ChannelTarget target,
                               std::shared_ptr<Channel> channel) {
      channel_ = std::move(channel);
      Note(absl::StrCat("channel to ", target.service()));
    };
    events.on_connected = [this](bool connected) {
      Note(connected ? "connected" : "disconnected");
    };
    link_ = std::make_unique<GrpcLink>(std::move(settings), std::move(events));
  }

  // The ids of so many reports, however many messages bring them.
  std::vector<std::string> ReceiveReports(int count) {
    std::vector<std::string> ids;
    while (static_cast<int>(ids.size()) < count && !HasFailure()) {
      const v1::AgentMessage message = controller_.Receive();
      for (const v1::SwapReport& report : message.swap_reports()) {
        ids.push_back(report.id());
      }
    }
    return ids;
  }

  // The next event that has not been given out yet; "nothing" after ten
  // seconds.
  std::string NextEvent() {
    const absl::Duration deadline = SystemClock().Uptime() + absl::Seconds(10);
    MutexLock lock(&mutex_);
    while (events_.empty()) {
      absl::Duration left = deadline - SystemClock().Uptime();
      if (left <= absl::ZeroDuration()) return "nothing";
      noted_.WaitFor(&mutex_, left);
    }
    std::string event = events_.front();
    events_.pop_front();
    return event;
  }

  // Opens the link and takes what it says first.
  v1::Hello Connect() {
    Open();
    link_->SetObservation(Serial(1));
    v1::Hello hello = controller_.Receive().hello();
    EXPECT_EQ(NextEvent(), "connected");
    return hello;
  }

  FakeController controller_;
  std::unique_ptr<GrpcLink> link_;
  // The last one asked for.
  std::shared_ptr<Channel> channel_;

 private:
  void Note(std::string event) {
    MutexLock lock(&mutex_);
    events_.push_back(std::move(event));
    noted_.NotifyAll();
  }

  Mutex mutex_;
  CondVar noted_;
  std::deque<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(GrpcLinkTest, SaysHelloOnceItKnowsWhatRuns) {
  Open();
  link_->SetHighestEpoch(7);
  link_->SetObservation(Serial(4));
  v1::AgentMessage first = controller_.Receive();
  EXPECT_EQ(first.sequence(), 1u);
  EXPECT_EQ(first.hello().host().name(), "web-1");
  EXPECT_EQ(first.hello().highest_epoch(), 7u);
  EXPECT_EQ(first.hello().observation().serial(), 4u);
  EXPECT_EQ(NextEvent(), "connected");
}

TEST_F(GrpcLinkTest, CarriesBothWays) {
  Connect();
  link_->SetObservation(Serial(2));
  v1::AgentMessage observation = controller_.Receive();
  EXPECT_EQ(observation.observation().serial(), 2u);
  EXPECT_EQ(observation.sequence(), 2u);
  link_->SendReport(Report("web/2"));
  EXPECT_THAT(ReceiveReports(1), ElementsAre("web/2"));
  controller_.Send(AssignmentWith(5));
  controller_.Send(Ack("web/2", true));
  EXPECT_EQ(NextEvent(), "assignment 5");
  EXPECT_EQ(NextEvent(), "stored web/2 final");
}

TEST_F(GrpcLinkTest, WhatComesTogetherGoesTogether) {
  controller_.SetWelcome(std::nullopt);
  Open();
  link_->SetObservation(Serial(1));
  EXPECT_TRUE(controller_.Receive().has_hello());
  link_->SendReport(Report("web/2"));
  link_->SetObservation(Serial(2));
  v1::ControllerMessage welcome;
  welcome.mutable_welcome()->set_epoch(1);
  controller_.Send(welcome);
  EXPECT_EQ(NextEvent(), "connected");
  v1::AgentMessage message = controller_.Receive();
  EXPECT_EQ(message.observation().serial(), 2u);
  ASSERT_EQ(message.swap_reports().size(), 1);
  EXPECT_EQ(message.swap_reports(0).id(), "web/2");

  v1::ControllerMessage answer = AssignmentWith(5);
  answer.add_swap_report_acks()->set_id("web/2");
  answer.add_open_channels()->mutable_target()->set_service("web");
  controller_.Send(answer);
  EXPECT_EQ(NextEvent(), "stored web/2");
  EXPECT_EQ(NextEvent(), "assignment 5");
  EXPECT_EQ(NextEvent(), "channel to web");
}

TEST_F(GrpcLinkTest, ManyAssignmentsComeInOrder) {
  Connect();
  for (int i = 1; i <= 200; ++i) controller_.Send(AssignmentWith(i));
  for (int i = 1; i <= 200; ++i) {
    ASSERT_EQ(NextEvent(), absl::StrCat("assignment ", i));
  }
}

TEST_F(GrpcLinkTest, TheNewestObservationArrivesHoweverManyThereAre) {
  Connect();
  for (int i = 2; i <= 1000; ++i) link_->SetObservation(Serial(i));
  uint64_t last = 1, sequence = 1;
  while (last < 1000) {
    v1::AgentMessage message = controller_.Receive();
    ASSERT_GT(message.observation().serial(), last);
    ASSERT_EQ(message.sequence(), ++sequence);
    last = message.observation().serial();
  }
}

TEST_F(GrpcLinkTest, AfterADropItBringsWhatWasNotAcknowledged) {
  Connect();
  link_->SendReport(Report("web/2"));
  link_->SendReport(Report("web/3"));
  EXPECT_THAT(ReceiveReports(2), ElementsAre("web/2", "web/3"));
  controller_.Send(Ack("web/2", false));
  controller_.Send(Ack("web/2", false));
  EXPECT_EQ(NextEvent(), "stored web/2");
  EXPECT_EQ(NextEvent(), "stored web/2");
  controller_.Drop();
  EXPECT_EQ(NextEvent(), "disconnected");
  EXPECT_EQ(NextEvent(), "connected");
  EXPECT_EQ(controller_.Receive().hello().observation().serial(), 1u);
  EXPECT_THAT(ReceiveReports(1), ElementsAre("web/3"));
  EXPECT_TRUE(controller_.quiet());
}

TEST_F(GrpcLinkTest, FindsARestartedControllerAgain) {
  Connect();
  for (int restart = 0; restart < 5; ++restart) {
    // Before it is lost: the next hello may be on its way as soon as it is.
    link_->SetHighestEpoch(restart);
    link_->SetObservation(Serial(10 + restart));
    EXPECT_EQ(controller_.Receive().observation().serial(), 10u + restart);
    controller_.Stop();
    EXPECT_EQ(NextEvent(), "disconnected");
    controller_.Start();
    EXPECT_EQ(NextEvent(), "connected");
    v1::Hello hello = controller_.Receive().hello();
    EXPECT_EQ(hello.observation().serial(), 10u + restart);
    EXPECT_EQ(hello.highest_epoch(), uint64_t(restart));
  }
}

TEST_F(GrpcLinkTest, WaitsForAControllerThatComesLate) {
  controller_.Stop();
  Open();
  link_->SetObservation(Serial(1));
  link_->SendReport(Report("web/2"));
  controller_.Start();
  EXPECT_EQ(controller_.Receive().hello().observation().serial(), 1u);
  EXPECT_EQ(NextEvent(), "connected");
  EXPECT_THAT(ReceiveReports(1), ElementsAre("web/2"));
}

TEST_F(GrpcLinkTest, TriesAgainWhenRefusedAndSaysWhyOnce) {
  controller_.Refuse(grpc::Status(grpc::StatusCode::PERMISSION_DENIED,
                                  "the certificate names host web-2"));
  Open();
  ::testing::internal::CaptureStderr();
  link_->SetObservation(Serial(1));
  ASSERT_TRUE(controller_.AwaitStreams(4));
  controller_.Refuse(grpc::Status::OK);
  EXPECT_EQ(NextEvent(), "connected");
  std::vector<std::string> log = absl::StrSplit(
      ::testing::internal::GetCapturedStderr(), '\n', absl::SkipEmpty());
  EXPECT_THAT(log, ElementsAre(HasSubstr("the certificate names host web-2"),
                               HasSubstr("connected, epoch 1")));
}

TEST_F(GrpcLinkTest, GivesUpOnAControllerWithoutWelcome) {
  controller_.SetWelcome(std::nullopt);
  Open(absl::Milliseconds(20));
  link_->SetObservation(Serial(1));
  EXPECT_TRUE(controller_.AwaitStreams(3));
  controller_.SetWelcome(v1::Welcome());
  EXPECT_EQ(NextEvent(), "connected");
}

TEST_F(GrpcLinkTest, TakesNothingBeforeTheWelcome) {
  controller_.SetWelcome(std::nullopt);
  controller_.Send(AssignmentWith(1));
  Open();
  link_->SetObservation(Serial(1));
  EXPECT_TRUE(controller_.AwaitStreams(2));
  v1::Welcome welcome;
  controller_.SetWelcome(welcome);
  controller_.Drop();
  EXPECT_EQ(NextEvent(), "connected");
}

TEST_F(GrpcLinkTest, TakesChannels) {
  EXPECT_TRUE(Connect().takes_channels());
  v1::ControllerMessage open;
  open.add_open_channels()->set_id("x");
  open.mutable_open_channels(0)->mutable_target()->set_service("web");
  controller_.Send(open);
  EXPECT_EQ(NextEvent(), "channel to web");
  channel_->Take();
  v1::ChannelMessage message;
  ASSERT_TRUE(channel_->Read(&message));
  EXPECT_EQ(message.take(), "x");
  message.set_data("data");
  ASSERT_TRUE(channel_->Write(message));
  ASSERT_TRUE(channel_->Read(&message));
  EXPECT_EQ(message.data(), "data");
  channel_->End(absl::NotFoundError("no"));
  EXPECT_FALSE(channel_->Read(&message));
  channel_->AwaitEnd();

  // One that nobody takes, and one that outlives the link.
  controller_.Send(open);
  EXPECT_EQ(NextEvent(), "channel to web");
  controller_.Send(open);
  EXPECT_EQ(NextEvent(), "channel to web");
  channel_->Take();
  ASSERT_TRUE(channel_->Read(&message));
  link_.reset();
  ASSERT_TRUE(channel_->Write(message));
  ASSERT_TRUE(channel_->Read(&message));
  channel_->Cancel();
  EXPECT_FALSE(channel_->Read(&message));
}

TEST_F(GrpcLinkTest, SendsHeartbeats) {
  v1::Welcome welcome;
  welcome.set_heartbeat_seconds(1);
  controller_.SetWelcome(welcome);
  Connect();
  absl::Duration began = SystemClock().Uptime();
  for (uint64_t sequence = 2; sequence < 4; ++sequence) {
    v1::AgentMessage heartbeat = controller_.Receive();
    EXPECT_EQ(heartbeat.sequence(), sequence);
    EXPECT_EQ(heartbeat.observation().serial(), 1u);
  }
  // Twice in two seconds; a machine out of breath gets one more.
  EXPECT_LT(SystemClock().Uptime() - began, absl::Seconds(3));
}

TEST_F(GrpcLinkTest, EndsInAnyState) {
  struct Case {
    const char* name;
    std::function<void()> get_there;
  };
  const Case kCases[] = {
      {"nothing to say yet", [this] { Open(); }},
      {"dialling",
       [this] {
         Open();
         link_->SetObservation(Serial(1));
       }},
      {"connected", [this] { Connect(); }},
      {"in the middle of writing",
       [this] {
         Connect();
         for (int i = 0; i < 100; ++i) {
           link_->SendReport(Report(absl::StrCat("web/", i)));
         }
       }},
      {"between two tries",
       [this] {
         Connect();
         controller_.Stop();
         EXPECT_EQ(NextEvent(), "disconnected");
       }},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    c.get_there();
    absl::Duration began = SystemClock().Uptime();
    link_.reset();
    EXPECT_LT(SystemClock().Uptime() - began, absl::Seconds(3));
    controller_.Stop();
    while (!controller_.quiet()) controller_.Receive();
    controller_.Start();
  }
}

}  // namespace
}  // namespace rollout::link
