// SPDX-License-Identifier: Apache-2.0

#include "controller/api/channel.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Remembers what the channel asks of a stream.
class FakePeer : public ChannelPeer {
 public:
  void Read() override {
    EXPECT_FALSE(reading_) << "two reads at once";
    reading_ = true;
  }
  void Write(const v1::ChannelMessage& message) override {
    EXPECT_FALSE(writing_) << "two writes at once";
    EXPECT_FALSE(finished_) << "a write after the end";
    writing_ = true;
    log_.push_back(message.has_data()          ? message.data()
                   : message.has_end_of_data() ? "end_of_data"
                                               : "opened");
  }
  void Finish(const absl::Status& status) override {
    EXPECT_FALSE(writing_) << "the end during a write";
    EXPECT_FALSE(finished_) << "two ends";
    finished_ = true;
    log_.push_back(absl::StrCat("finish ", status.message()));
    status_ = status;
  }
  void Cancel() override { log_.push_back("cancel"); }

  bool reading() const { return reading_; }
  void EndRead() { reading_ = false; }
  void EndWrite() { writing_ = false; }
  bool finished() const { return finished_; }
  const std::vector<std::string>& log() const { return log_; }
  const absl::Status& status() const { return status_; }

 private:
  bool reading_ = false, writing_ = false, finished_ = false;
  std::vector<std::string> log_;
  absl::Status status_;
};

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    channel_ = std::make_unique<Channel>("h1", [this] { gone_ = true; });
  }

  void AttachBoth() {
    channel_->Attach(Channel::kOperator, &operator_);
    EXPECT_FALSE(operator_.reading()) << "nobody is there to read for";
    channel_->Attach(Channel::kAgent, &agent_);
  }
  FakePeer& peer(Channel::Side side) {
    return side == Channel::kAgent ? agent_ : operator_;
  }
  void Say(Channel::Side from, const v1::ChannelMessage& message) {
    ASSERT_TRUE(peer(from).reading());
    peer(from).EndRead();
    channel_->Received(from, message);
  }
  void SayData(Channel::Side from, const std::string& data) {
    v1::ChannelMessage message;
    message.set_data(data);
    Say(from, message);
  }
  void SayEnd(Channel::Side from) {
    v1::ChannelMessage message;
    message.mutable_end_of_data();
    Say(from, message);
  }
  void EndWrite(Channel::Side to, bool ok = true) {
    peer(to).EndWrite();
    channel_->Written(to, ok);
  }

  FakePeer operator_, agent_;
  bool gone_ = false;
  std::unique_ptr<Channel> channel_;
};

TEST_F(ChannelTest, ReadsTheNextWhenTheLastIsPassedOn) {
  AttachBoth();
  SayData(Channel::kOperator, "a");
  EXPECT_THAT(agent_.log(), ElementsAre("a"));
  EXPECT_FALSE(operator_.reading());
  SayData(Channel::kAgent, "b");
  EXPECT_THAT(operator_.log(), ElementsAre("b"));
  EndWrite(Channel::kAgent);
  EXPECT_TRUE(operator_.reading());
  EXPECT_FALSE(agent_.reading());
}

TEST_F(ChannelTest, EndsWellOnceBothHaveSaidAll) {
  AttachBoth();
  SayEnd(Channel::kOperator);
  EndWrite(Channel::kAgent);
  SayData(Channel::kAgent, "answer");
  EndWrite(Channel::kOperator);
  EXPECT_FALSE(operator_.finished());
  SayEnd(Channel::kAgent);
  EXPECT_FALSE(operator_.finished()) << "it has not got that yet";
  EndWrite(Channel::kOperator);
  EXPECT_TRUE(operator_.finished() && operator_.status().ok());
  EXPECT_TRUE(agent_.finished() && agent_.status().ok());
}

TEST_F(ChannelTest, TellsTheOperatorWhatTheAgentSays) {
  AttachBoth();
  v1::ChannelMessage message;
  message.mutable_end()->set_code(
      static_cast<int>(absl::StatusCode::kNotFound));
  message.mutable_end()->set_message("it has ended");
  Say(Channel::kAgent, message);
  EXPECT_EQ(operator_.status(), absl::NotFoundError("it has ended"));
  EXPECT_TRUE(agent_.finished());
}

TEST_F(ChannelTest, AnAgentsEndIsAnErrorWhateverItsCode) {
  for (int code : {0, -1, 99}) {
    FakePeer operator_end, agent_end;
    Channel channel("h1", [] {});
    channel.Attach(Channel::kOperator, &operator_end);
    channel.Attach(Channel::kAgent, &agent_end);
    v1::ChannelMessage message;
    message.mutable_end()->set_code(code);
    channel.Received(Channel::kAgent, message);
    EXPECT_EQ(operator_end.status().code(), absl::StatusCode::kUnknown);
  }
}

TEST_F(ChannelTest, OneThatLeavesEndsItForTheOther) {
  AttachBoth();
  channel_->Left(Channel::kAgent);
  EXPECT_TRUE(absl::IsUnavailable(operator_.status()));
  EXPECT_THAT(operator_.status().message(), HasSubstr("host h1 went away"));
  channel_->Left(Channel::kOperator);
  EXPECT_THAT(agent_.log(), testing::SizeIs(1));
}

TEST_F(ChannelTest, AnOperatorGetsWhatIsOnItsWayAndThenTheReason) {
  AttachBoth();
  SayData(Channel::kAgent, "much");
  channel_->Left(Channel::kAgent);
  EXPECT_THAT(operator_.log(), ElementsAre("much"));
  EndWrite(Channel::kOperator);
  EXPECT_TRUE(absl::IsUnavailable(operator_.status()));
}

TEST_F(ChannelTest, AnAgentThatTakesNothingLearnsAtOnceThatNobodyIsLeft) {
  AttachBoth();
  SayData(Channel::kOperator, "much");
  channel_->Left(Channel::kOperator);
  EXPECT_THAT(agent_.log(), ElementsAre("much", "cancel"));
  EndWrite(Channel::kAgent, false);
  EXPECT_TRUE(agent_.finished());
}

TEST_F(ChannelTest, AnAgentThatNeverComesIsGivenUp) {
  channel_->Attach(Channel::kOperator, &operator_);
  channel_->EndUnlessTaken(absl::UnavailableError("nobody"));
  EXPECT_THAT(operator_.log(), ElementsAre("finish nobody"));
  // It comes late.
  channel_->Attach(Channel::kAgent, &agent_);
  EXPECT_TRUE(agent_.finished());
}

TEST_F(ChannelTest, AnAgentThatHasComeIsNotGivenUp) {
  AttachBoth();
  channel_->EndUnlessTaken(absl::UnavailableError("nobody"));
  EXPECT_THAT(operator_.log(), IsEmpty());
}

TEST_F(ChannelTest, EndsBeforeTheOperatorsStreamIsThere) {
  channel_->EndUnlessTaken(absl::UnavailableError("nobody"));
  channel_->Attach(Channel::kOperator, &operator_);
  EXPECT_THAT(operator_.log(), ElementsAre("finish nobody"));
}

TEST_F(ChannelTest, PassesOnNothingThatHasNoPlaceThere) {
  AttachBoth();
  v1::ChannelMessage message;
  message.mutable_opened();
  Say(Channel::kOperator, message);
  EXPECT_EQ(operator_.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(agent_.log(), testing::SizeIs(1));
}

TEST_F(ChannelTest, ToldWhenNobodyUsesItAnyMore) {
  AttachBoth();
  channel_->Left(Channel::kOperator);
  channel_->Detach(Channel::kOperator);
  channel_->Detach(Channel::kAgent);
  channel_.reset();
  EXPECT_TRUE(gone_);
}

}  // namespace
}  // namespace rollout::api
