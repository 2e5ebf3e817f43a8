// SPDX-License-Identifier: Apache-2.0

#include "tests/load/datagram_question.h"

#include <sys/socket.h>

#include <functional>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "gtest/gtest.h"

namespace rollout::load {
namespace {

class DatagramQuestionTest : public ::testing::Test {
 protected:
  DatagramQuestionTest() : server_(socket(AF_INET, SOCK_DGRAM, 0)) {
    auto any = NetAddress::Parse("127.0.0.1:0");
    EXPECT_EQ(bind(server_.get(), any->sockaddr_ptr(), any->sockaddr_size()),
              0);
    sockaddr_storage bound;
    socklen_t size = sizeof bound;
    getsockname(server_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
    address_ = *NetAddress::FromSockaddr(&bound, size);
  }

  // Asks while the server answers one datagram with what `answer` makes of it.
  Answer Ask(const DatagramForm& form,
             const std::function<std::string(std::string)>& answer) {
    std::thread server([&] {
      char request[512];
      sockaddr_storage from;
      socklen_t size = sizeof from;
      ssize_t got = recvfrom(server_.get(), request, sizeof request, 0,
                             reinterpret_cast<sockaddr*>(&from), &size);
      const std::string text = answer(std::string(request, got));
      sendto(server_.get(), text.data(), text.size(), 0,
             reinterpret_cast<sockaddr*>(&from), size);
    });
    Answer result = DatagramQuestion(address_, form, absl::Seconds(10)).Ask();
    server.join();
    return result;
  }

  UniqueFd server_;
  NetAddress address_ = *NetAddress::Parse("127.0.0.1:1");
};

TEST_F(DatagramQuestionTest, ReadsTheAnswerToItsOwnQuestion) {
  Answer good =
      Ask(EchoForm(), [](const std::string& q) { return "version 3\n" + q; });
  EXPECT_EQ(good.outcome, Outcome::kOk);
  EXPECT_EQ(good.body, "version 3");
  Answer others = Ask(
      EchoForm(), [](const std::string& q) { return "version 3\n" + q + "1"; });
  EXPECT_EQ(others.outcome, Outcome::kBadAnswer);
}

TEST_F(DatagramQuestionTest, ReadsDnsTexts) {
  auto record = [](const std::string& question) {
    std::string answer = question;
    answer[7] = 1;  // one answer
    // The name, TXT, IN, a time to live, and 10 bytes: a text of 9.
    answer.append("\xc0\x0c\0\x10\0\x01\0\0\0\0\0\x0a\x09version 4", 22);
    return answer;
  };
  Answer good = Ask(DnsTextForm("version.test"), record);
  EXPECT_EQ(good.outcome, Outcome::kOk) << good.detail;
  EXPECT_EQ(good.body, "version 4");
  Answer none = Ask(DnsTextForm("version.test"),
                    [](const std::string& question) { return question; });
  EXPECT_EQ(none.outcome, Outcome::kBadAnswer);
}

TEST_F(DatagramQuestionTest, TellsSilenceFromRefusal) {
  DatagramQuestion question(address_, EchoForm(), absl::Milliseconds(50));
  EXPECT_EQ(question.Ask().outcome, Outcome::kTimedOut);
  server_.reset();
  EXPECT_EQ(question.Ask().outcome, Outcome::kRefused);
}

}  // namespace
}  // namespace rollout::load
