// SPDX-License-Identifier: Apache-2.0

#include "controller/api/session.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::api {
namespace {

using ::testing::ElementsAre;

// Remembers what was written; a write ends when the test says so.
class FakeWriter : public SessionWriter {
 public:
  void Write(const v1::ControllerMessage& message) override {
    EXPECT_FALSE(writing_) << "two writes at once";
    EXPECT_FALSE(finished_) << "a write after the end";
    writing_ = true;
    std::vector<std::string> parts;
    if (message.has_welcome()) parts.push_back("welcome");
    for (const v1::SwapReportAck& ack : message.swap_report_acks()) {
      parts.push_back(absl::StrCat("ack ", ack.id()));
    }
    if (message.has_assignment()) {
      parts.push_back(
          absl::StrCat("assignment ", message.assignment().serial()));
    }
    for (const v1::OpenChannel& channel : message.open_channels()) {
      parts.push_back(absl::StrCat("channel ", channel.id()));
    }
    log_.push_back(absl::StrJoin(parts, ", "));
  }
  void Finish(const absl::Status& status) override {
    EXPECT_FALSE(writing_) << "the end during a write";
    EXPECT_FALSE(finished_) << "two ends";
    finished_ = true;
    log_.push_back(absl::StrCat("end ", status.message()));
  }
  void Cancel() override { log_.push_back("cancel"); }

  // Ends the write under way.
  void EndWrite(Session& session, bool ok = true) {
    ASSERT_TRUE(writing_);
    writing_ = false;
    session.Written(ok);
  }
  const std::vector<std::string>& log() const { return log_; }

 private:
  bool writing_ = false;
  bool finished_ = false;
  std::vector<std::string> log_;
};

v1::Assignment AssignmentOf(uint64_t serial) {
  v1::Assignment assignment;
  assignment.set_serial(serial);
  return assignment;
}

v1::SwapReportAck AckOf(const std::string& id) {
  v1::SwapReportAck ack;
  ack.set_id(id);
  return ack;
}

class SessionTest : public testing::Test {
 protected:
  FakeWriter writer_;
  Session session_{writer_};
};

TEST_F(SessionTest, WritesOneAtATimeWithAllThatWaits) {
  session_.Welcome({});
  session_.Send(AssignmentOf(1));
  session_.Send(AssignmentOf(2));
  session_.AckReport(AckOf("a"));
  session_.AckReport(AckOf("b"));
  session_.Send(AssignmentOf(3));
  v1::OpenChannel channel;
  channel.set_id("x");
  session_.OpenChannel(channel);
  EXPECT_THAT(writer_.log(), ElementsAre("welcome"));
  writer_.EndWrite(session_);
  EXPECT_THAT(writer_.log(),
              ElementsAre("welcome", "ack a, ack b, assignment 3, channel x"));
  writer_.EndWrite(session_);
  session_.Send(AssignmentOf(4));
  EXPECT_EQ(writer_.log().back(), "assignment 4");
}

TEST_F(SessionTest, AcknowledgementsWaitForCompanyOrUntilTheyAreAskedFor) {
  session_.AckReport(AckOf("a"));
  EXPECT_TRUE(writer_.log().empty());
  session_.Send(AssignmentOf(1));
  EXPECT_THAT(writer_.log(), ElementsAre("ack a, assignment 1"));
  session_.AckReport(AckOf("b"));
  session_.SendAcks();
  writer_.EndWrite(session_);
  EXPECT_EQ(writer_.log().back(), "ack b");
  writer_.EndWrite(session_);
  session_.SendAcks();
  EXPECT_EQ(writer_.log().size(), 2u);
}

TEST_F(SessionTest, AProbeIsAMessageUnlessOneIsOnItsWay) {
  session_.AckReport(AckOf("a"));
  session_.Probe();
  EXPECT_THAT(writer_.log(), ElementsAre("ack a"));
  session_.Probe();
  writer_.EndWrite(session_);
  EXPECT_THAT(writer_.log(), ElementsAre("ack a"));
  session_.Probe();
  EXPECT_THAT(writer_.log(), ElementsAre("ack a", ""));
}

TEST_F(SessionTest, EndsOnceWithTheFirstReason) {
  session_.Close(absl::DataLossError("gap"));
  session_.Close(absl::CancelledError("later"));
  session_.Send(AssignmentOf(1));
  EXPECT_THAT(writer_.log(), ElementsAre("end gap"));
}

TEST_F(SessionTest, AWriteUnderWayIsCancelledBeforeTheEnd) {
  session_.Send(AssignmentOf(1));
  session_.Close(absl::AbortedError("lease over"));
  EXPECT_THAT(writer_.log(), ElementsAre("assignment 1", "cancel"));
  writer_.EndWrite(session_, false);
  EXPECT_EQ(writer_.log().back(), "end lease over");
}

TEST_F(SessionTest, AnOrderlyEndWaitsForTheWrite) {
  session_.Send(AssignmentOf(1));
  session_.End(absl::DataLossError("gap"));
  EXPECT_THAT(writer_.log(), ElementsAre("assignment 1"));
  writer_.EndWrite(session_);
  EXPECT_THAT(writer_.log(), ElementsAre("assignment 1", "end gap"));
}

TEST_F(SessionTest, ClosingBreaksOffAnEndThatWaits) {
  session_.Send(AssignmentOf(1));
  session_.End(absl::DataLossError("gap"));
  session_.Close(absl::AbortedError("lease over"));
  EXPECT_THAT(writer_.log(), ElementsAre("assignment 1", "cancel"));
  writer_.EndWrite(session_, false);
  EXPECT_EQ(writer_.log().back(), "end gap");
}

TEST_F(SessionTest, AFailedWriteEndsTheSession) {
  session_.Send(AssignmentOf(1));
  session_.Send(AssignmentOf(2));
  writer_.EndWrite(session_, false);
  EXPECT_THAT(writer_.log(),
              ElementsAre("assignment 1", "end the stream broke"));
}

TEST_F(SessionTest, NothingHappensOnceTheStreamIsGone) {
  session_.Detach();
  session_.Welcome({});
  session_.Send(AssignmentOf(1));
  session_.Close(absl::OkStatus());
  EXPECT_TRUE(writer_.log().empty());
}

TEST_F(SessionTest, APeerThatReadsNoAnswersIsSentAway) {
  session_.Send(AssignmentOf(1));
  for (int i = 0; i < 2000; ++i) session_.AckReport(AckOf("x"));
  EXPECT_THAT(writer_.log(), ElementsAre("assignment 1", "cancel"));
  writer_.EndWrite(session_, false);
  EXPECT_THAT(writer_.log().back(), testing::HasSubstr("does not read"));
}

}  // namespace
}  // namespace rollout::api
