// SPDX-License-Identifier: Apache-2.0

#include "agent/link/outbox.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::link {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::Observation Serial(uint64_t serial) {
  v1::Observation observation;
  observation.set_serial(serial);
  return observation;
}

v1::SwapReport Report(const std::string& id, const std::string& reason) {
  v1::SwapReport report;
  report.set_id(id);
  report.set_reason(reason);
  return report;
}

class OutboxTest : public ::testing::Test {
 protected:
  // All that waits to be sent, in short: "o7" observation with serial 7,
  // "a/1=late" report a/1 with reason "late".
  std::vector<std::string> Drain() {
    std::vector<std::string> sent;
    auto message = outbox_.Next();
    if (!message) return sent;
    EXPECT_EQ(message->sequence(), ++sequence_);
    if (message->has_observation()) {
      sent.push_back(absl::StrCat("o", message->observation().serial()));
    }
    for (const v1::SwapReport& report : message->swap_reports()) {
      sent.push_back(absl::StrCat(report.id(), "=", report.reason()));
    }
    EXPECT_FALSE(outbox_.Next()) << "one message takes all";
    return sent;
  }

  v1::Hello Hello() {
    v1::AgentMessage message = outbox_.Hello();
    EXPECT_EQ(message.sequence(), 1u);
    sequence_ = 1;
    return message.hello();
  }

  static v1::HostInfo Host() {
    v1::HostInfo host;
    host.set_name("web-1");
    return host;
  }

  Outbox outbox_{Host()};
  uint64_t sequence_ = 0;
};

TEST_F(OutboxTest, HelloTellsAllThatIsKnown) {
  EXPECT_FALSE(outbox_.has_observation());
  outbox_.SetObservation(Serial(3));
  outbox_.SetHighestEpoch(9);
  EXPECT_TRUE(outbox_.has_observation());
  v1::Hello hello = Hello();
  EXPECT_EQ(hello.host().name(), "web-1");
  EXPECT_EQ(hello.highest_epoch(), 9u);
  EXPECT_EQ(hello.observation().serial(), 3u);
  EXPECT_THAT(Drain(), IsEmpty());
}

TEST_F(OutboxTest, OnlyTheNewestObservationIsSent) {
  outbox_.SetObservation(Serial(1));
  Hello();
  outbox_.SetObservation(Serial(2));
  outbox_.SetObservation(Serial(3));
  EXPECT_THAT(Drain(), ElementsAre("o3"));
  outbox_.Heartbeat();
  outbox_.Heartbeat();
  EXPECT_THAT(Drain(), ElementsAre("o3"));
}

TEST_F(OutboxTest, WhatWaitsGoesInOneMessage) {
  outbox_.SetObservation(Serial(1));
  Hello();
  outbox_.SetReport(Report("a/1", "begun"));
  outbox_.SetReport(Report("b/1", "begun"));
  outbox_.SetObservation(Serial(2));
  EXPECT_THAT(Drain(), ElementsAre("o2", "a/1=begun", "b/1=begun"));
}

TEST_F(OutboxTest, ReportsAreSentOnEveryStreamUntilAcknowledged) {
  outbox_.SetObservation(Serial(1));
  outbox_.SetReport(Report("a/1", "begun"));
  outbox_.SetReport(Report("b/1", "begun"));
  Hello();
  EXPECT_THAT(Drain(), ElementsAre("a/1=begun", "b/1=begun"));
  EXPECT_THAT(Drain(), IsEmpty());
  outbox_.Acknowledge("a/1");
  Hello();
  EXPECT_THAT(Drain(), ElementsAre("b/1=begun"));
}

TEST_F(OutboxTest, ANewerReportDisplacesTheOlder) {
  outbox_.SetObservation(Serial(1));
  outbox_.SetReport(Report("a/1", "begun"));
  outbox_.SetReport(Report("a/1", "flipped"));
  Hello();
  EXPECT_THAT(Drain(), ElementsAre("a/1=flipped"));
}

TEST_F(OutboxTest, AnAcknowledgementOfTheOlderLeavesTheNewer) {
  outbox_.SetObservation(Serial(1));
  outbox_.SetReport(Report("a/1", "begun"));
  Hello();
  EXPECT_THAT(Drain(), ElementsAre("a/1=begun"));

  // Overtaken before it is sent...
  outbox_.SetReport(Report("a/1", "flipped"));
  outbox_.Acknowledge("a/1");
  EXPECT_THAT(Drain(), ElementsAre("a/1=flipped"));
  // ... and after.
  outbox_.SetReport(Report("a/1", "ended"));
  EXPECT_THAT(Drain(), ElementsAre("a/1=ended"));
  outbox_.Acknowledge("a/1");  // of "flipped"
  Hello();
  EXPECT_THAT(Drain(), ElementsAre("a/1=ended"));
  outbox_.Acknowledge("a/1");
  Hello();
  EXPECT_THAT(Drain(), IsEmpty());
}

TEST_F(OutboxTest, StrayAcknowledgementsDoNothing) {
  outbox_.SetObservation(Serial(1));
  outbox_.SetReport(Report("a/1", "begun"));
  Hello();
  outbox_.Acknowledge("a/1");  // not sent on this stream
  outbox_.Acknowledge("x/9");
  EXPECT_THAT(Drain(), ElementsAre("a/1=begun"));
  outbox_.Acknowledge("a/1");
  outbox_.Acknowledge("a/1");
  EXPECT_THAT(Drain(), IsEmpty());
}

}  // namespace
}  // namespace rollout::link
