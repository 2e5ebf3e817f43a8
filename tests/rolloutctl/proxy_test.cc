// SPDX-License-Identifier: Apache-2.0
//
// The port of rolloutctl proxy, with a controller whose channels give back what
// they get.

#include "rolloutctl/proxy.h"

#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/net_address.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rolloutctl/client.h"
#include "tests/fakes/fake_operator.h"

namespace rollout::ctl {
namespace {

using ::testing::ElementsAre;

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() {
    ConnectionFlags flags;
    flags.controller = fake_.address();
    flags.insecure_loopback = true;
    client_ = *Client::Make(flags);
    request_.set_host("h1");
    request_.mutable_target()->set_service("web");
    request_.mutable_target()->mutable_proxy()->set_generation(2);
    auto proxy = Proxy::Listen(
        *NetAddress::Parse("127.0.0.1:0"),
        [this] { return client_->OpenChannel(request_); },
        [this](const absl::Status& why) {
          MutexLock lock(&mutex_);
          troubles_.push_back(std::string(why.message()));
        });
    EXPECT_TRUE(proxy.ok()) << proxy.status();
    proxy_ = *std::move(proxy);
    runner_ = std::thread([this] { EXPECT_TRUE(proxy_->Run().ok()); });
  }
  ~ProxyTest() override {
    proxy_->Stop();
    runner_.join();
    // With its connections, before what they use.
    proxy_.reset();
  }

  UniqueFd Connect() {
    auto address = NetAddress::Parse(proxy_->address());
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(
        connect(fd.get(), address->sockaddr_ptr(), address->sockaddr_size()),
        0);
    return fd;
  }
  static void SendAll(int fd, absl::string_view data) {
    while (!data.empty()) {
      ssize_t sent = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      data.remove_prefix(sent);
    }
  }
  // "reset" if it ends so.
  static std::string ReceiveAll(int fd) {
    std::string all;
    char buffer[65536];
    for (;;) {
      ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got == 0) return all;
      if (got < 0) return "reset";
      all.append(buffer, got);
    }
  }
  // What comes back of what is sent until its end.
  std::string Echo(absl::string_view data) {
    UniqueFd fd = Connect();
    std::thread sender([&] {
      SendAll(fd.get(), data);
      shutdown(fd.get(), SHUT_WR);
    });
    std::string back = ReceiveAll(fd.get());
    sender.join();
    return back;
  }
  std::vector<std::string> troubles() {
    MutexLock lock(&mutex_);
    return troubles_;
  }

  FakeOperator fake_;
  std::unique_ptr<Client> client_;
  v1::ChannelRequest request_;
  Mutex mutex_;
  std::vector<std::string> troubles_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Proxy> proxy_;
  std::thread runner_;
};

TEST_F(ProxyTest, EachConnectionIsAChannel) {
  EXPECT_EQ(Echo("one"), "one");
  EXPECT_EQ(Echo(""), "");
  const std::string call =
      "Channel {\"host\":\"h1\",\"target\":{\"service\":\"web\",\"proxy\":{"
      "\"generation\":\"2\"}}}";
  EXPECT_THAT(fake_.calls(), ElementsAre(call, call));
}

TEST_F(ProxyTest, CarriesMuchAndManyAtOnce) {
  std::string much(64 << 20, '\0');
  for (size_t i = 0; i < much.size(); ++i) {
    much[i] = static_cast<char>(i * 7919 >> 3);
  }
  std::vector<std::thread> others;
  for (int i = 0; i < 100; ++i) {
    others.emplace_back([this, i] {
      const std::string text = absl::StrCat("connection ", i);
      EXPECT_EQ(Echo(text), text);
    });
  }
  EXPECT_EQ(Sha256Of(Echo(much)), Sha256Of(much));
  for (std::thread& other : others) other.join();
  EXPECT_TRUE(troubles().empty());
}

TEST_F(ProxyTest, SaysOnceWhyConnectionsFail) {
  fake_.FailWith({grpc::StatusCode::NOT_FOUND, "generation 2 has ended"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ReceiveAll(Connect().get()), "reset");
  }
  fake_.FailWith(grpc::Status::OK);
  EXPECT_EQ(Echo("again"), "again");
  fake_.FailWith({grpc::StatusCode::UNAVAILABLE, "host h1 went away"});
  EXPECT_EQ(ReceiveAll(Connect().get()), "reset");
  proxy_->Stop();
  runner_.join();
  runner_ = std::thread([] {});
  EXPECT_TRUE(absl::IsUnavailable(
      Proxy::Listen(*NetAddress::Parse(proxy_->address()), {}, {}).status()));
  while (troubles().size() < 2) std::this_thread::yield();
  EXPECT_THAT(troubles(),
              ElementsAre("generation 2 has ended", "host h1 went away"));
}

TEST_F(ProxyTest, AClientThatGoesAwayTroublesNobody) {
  UniqueFd fd = Connect();
  SendAll(fd.get(), "half");
  char buffer[4];
  EXPECT_EQ(recv(fd.get(), buffer, sizeof buffer, MSG_WAITALL), 4);
  linger reset = {1, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  fd.reset();
  EXPECT_EQ(Echo("next"), "next");
  EXPECT_TRUE(troubles().empty());
}

}  // namespace
}  // namespace rollout::ctl
