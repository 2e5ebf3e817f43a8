// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/door.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/agent/probe/steered_group.h"

namespace rollout::probe {
namespace {

constexpr uint32_t kMark = 0x52000003;

UniqueFd Connect(const std::string& address) {
  NetAddress target = *NetAddress::Parse(address);
  UniqueFd fd(socket(target.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval patience = {10, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  EXPECT_EQ(connect(fd.get(), target.sockaddr_ptr(), target.sockaddr_size()),
            0);
  return fd;
}

UniqueFd Accept(const UniqueFd& listener) {
  pollfd fd = {listener.get(), POLLIN, 0};
  EXPECT_EQ(poll(&fd, 1, 10'000), 1);
  UniqueFd accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  timeval patience = {10, 0};
  setsockopt(accepted.get(), SOL_SOCKET, SO_RCVTIMEO, &patience,
             sizeof patience);
  return accepted;
}

void SendAll(const UniqueFd& fd, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    ssize_t now =
        send(fd.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    ASSERT_GT(now, 0);
    sent += now;
  }
}

// Up to the end of the stream. Sets `error` to errno if it is not a clean end.
std::string ReceiveAll(const UniqueFd& fd, int* error = nullptr) {
  std::string bytes;
  char buffer[4096];
  for (;;) {
    ssize_t got = recv(fd.get(), buffer, sizeof buffer, 0);
    if (got < 0 && error != nullptr) *error = errno;
    if (got < 0 && error == nullptr) ADD_FAILURE() << "errno " << errno;
    if (got <= 0) return bytes;
    bytes.append(buffer, got);
  }
}

class DoorTest : public ::testing::Test {
 protected:
  void Open(uint32_t mark = 0) {
    auto door = Door::Open(LocalAddress(listener_.get()), mark);
    ASSERT_TRUE(door.ok()) << door.status();
    door_ = *std::move(door);
  }

  UniqueFd listener_ = OpenListener(*NetAddress::Parse("127.0.0.1:0"));
  std::unique_ptr<Door> door_;
};

TEST_F(DoorTest, LeadsToTheMarkedGenerationAlone) {
  SteeredGroup group("127.0.0.1", kMark);
  auto door = Door::Open(group.address(), kMark);
  ASSERT_TRUE(door.ok()) << door.status();
  for (int i = 0; i < 20; ++i) {
    UniqueFd client = Connect((*door)->address());
    int dark = 0;
    while (dark == 0) {
      dark = group.CountDark();
      ASSERT_EQ(group.CountServing(), 0);
      std::this_thread::yield();
    }
    EXPECT_EQ(dark, 1);
  }
}

TEST_F(DoorTest, CarriesAnswersAfterTheQuestionHasEnded) {
  Open();
  UniqueFd client = Connect(door_->address());
  UniqueFd server = Accept(listener_);
  SendAll(client, "question");
  shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(ReceiveAll(server), "question");
  SendAll(server, "answer");
  server.reset();
  EXPECT_EQ(ReceiveAll(client), "answer");
}

TEST_F(DoorTest, CarriesQuestionsAfterTheAnswerHasEnded) {
  Open();
  UniqueFd client = Connect(door_->address());
  UniqueFd server = Accept(listener_);
  shutdown(server.get(), SHUT_WR);
  EXPECT_EQ(ReceiveAll(client), "");
  SendAll(client, "still talking");
  client.reset();
  EXPECT_EQ(ReceiveAll(server), "still talking");
}

TEST_F(DoorTest, CarriesMuchBothWaysAtOnce) {
  Open();
  std::string much;
  for (int i = 0; much.size() < 8'000'000; ++i) much += std::to_string(i);
  UniqueFd client = Connect(door_->address());
  UniqueFd server = Accept(listener_);
  std::vector<std::thread> senders;
  for (const UniqueFd* side : {&client, &server}) {
    senders.emplace_back([side, &much] {
      SendAll(*side, much);
      shutdown(side->get(), SHUT_WR);
    });
  }
  std::string to_server;
  std::thread receiver([&] { to_server = ReceiveAll(server); });
  std::string to_client = ReceiveAll(client);
  receiver.join();
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(to_client == much);
  EXPECT_TRUE(to_server == much);
}

TEST_F(DoorTest, PassesAResetOn) {
  Open();
  UniqueFd client = Connect(door_->address());
  UniqueFd server = Accept(listener_);
  SendAll(client, "unread");
  linger reset = {1, 0};
  setsockopt(server.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  server.reset();
  int error = 0;
  EXPECT_EQ(ReceiveAll(client, &error), "");
  EXPECT_EQ(error, ECONNRESET);
}

TEST_F(DoorTest, EndsTheConnectionWhenNobodyIsBehindIt) {
  Open();
  listener_.reset();
  UniqueFd client = Connect(door_->address());
  int error = 0;
  EXPECT_EQ(ReceiveAll(client, &error), "");
}

TEST_F(DoorTest, MoreConnectionsThanItTakesWaitTheirTurn) {
  listener_ = OpenListener(*NetAddress::Parse("127.0.0.1:0"), 1024);
  Open();
  std::thread server([this] {
    for (int i = 0; i < 300; ++i) SendAll(Accept(listener_), "hello");
  });
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(Connect(door_->address()));
  for (UniqueFd& client : clients) {
    EXPECT_EQ(ReceiveAll(client), "hello");
    client.reset();
  }
  server.join();
}

TEST_F(DoorTest, ClosingItEndsItsConnections) {
  Open();
  UniqueFd client = Connect(door_->address());
  UniqueFd server = Accept(listener_);
  door_.reset();
  int error = 0;
  EXPECT_EQ(ReceiveAll(client, &error), "");
  EXPECT_EQ(ReceiveAll(server, &error), "");
}

}  // namespace
}  // namespace rollout::probe
