// SPDX-License-Identifier: Apache-2.0

#include "agent/channel/logs.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/channel/fake_channel.h"

namespace rollout::channel {
namespace {

class LogsTest : public ::testing::Test {
 protected:
  LogsTest() {
    directory_ = absl::StrCat(
        ::testing::TempDir(), "/",
        ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
  }
  ~LogsTest() override {
    channel_.Leave();
    if (server_.joinable()) server_.join();
  }

  void Write(const std::string& text) {
    std::ofstream(directory_ + "/output.log", std::ios::app) << text;
  }
  void Serve(const v1::LogTarget& target) {
    server_ = std::thread([this, target] {
      EXPECT_TRUE(SendLogs(files_, directory_, target, channel_).ok());
    });
    EXPECT_TRUE(channel_.Hear().has_opened());
  }

  PosixFileSystem files_;
  std::string directory_;
  FakeChannel channel_;
  std::thread server_;
};

TEST_F(LogsTest, SendsWhatIsThereAndEnds) {
  Write("1 1 a\n2 2 b\n5 1 c\n6 2 d\n");
  v1::LogTarget target;
  target.set_generation(2);
  Serve(target);
  v1::ChannelMessage message = channel_.Hear();
  ASSERT_EQ(message.lines().lines_size(), 2);
  EXPECT_EQ(message.lines().lines(0).text(), "b");
  EXPECT_EQ(message.lines().lines(1).sequence(), 6u);
  // Whoever wrote what is missing.
  EXPECT_EQ(message.lines().lines(1).lost_before(), 2u);
  EXPECT_TRUE(channel_.Hear().has_end_of_data());
}

TEST_F(LogsTest, GoesOnWithWhatIsWritten) {
  Write("1 1 a\n2 1 b\n");
  v1::LogTarget target;
  target.set_follow(true);
  target.set_tail(1);
  Serve(target);
  EXPECT_EQ(channel_.Hear().lines().lines(0).text(), "b");
  Write("3 1 c\n");
  EXPECT_EQ(channel_.Hear().lines().lines(0).text(), "c");
  std::filesystem::rename(directory_ + "/output.log",
                          directory_ + "/output.log.1");
  Write("4 1 d\n");
  EXPECT_EQ(channel_.Hear().lines().lines(0).text(), "d");
  channel_.Leave();
  server_.join();
}

TEST_F(LogsTest, BeginsBeforeThereIsAnything) {
  v1::LogTarget target;
  target.set_follow(true);
  Serve(target);
  Write("1 1 a\n");
  EXPECT_EQ(channel_.Hear().lines().lines(0).text(), "a");
}

TEST_F(LogsTest, WhoReadsSlowlyHoldsItUp) {
  std::string block;
  for (int i = 1; i <= 100'000; ++i) {
    absl::StrAppend(&block, i, " 1 ", std::string(90, 'x'), "\n");
  }
  Write(block);
  Serve({});
  int64_t heard = 0;
  for (;;) {
    v1::ChannelMessage message = channel_.Hear();
    EXPECT_LE(channel_.unheard(), FakeChannel::kMostUnheard);
    EXPECT_LT(message.ByteSizeLong(), 100'000u);
    if (message.has_end_of_data()) break;
    heard += message.lines().lines_size();
  }
  EXPECT_EQ(heard, 100'000);
}

TEST_F(LogsTest, EmptyLinesTakeRoomTooInAMessage) {
  std::string block;
  for (int i = 1; i <= 20'000; ++i) absl::StrAppend(&block, i, " 1 \n");
  Write(block);
  Serve({});
  EXPECT_LT(channel_.Hear().lines().lines_size(), 2000);
}

TEST_F(LogsTest, SaysWhatIsWrong) {
  v1::LogTarget target;
  target.set_tail(2'000'000);
  Serve(target);
  EXPECT_EQ(channel_.Hear().end().code(),
            static_cast<int>(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace rollout::channel
