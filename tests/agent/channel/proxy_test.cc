// SPDX-License-Identifier: Apache-2.0

#include "agent/channel/proxy.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "agent/probe/marked_socket.h"
#include "base/net_address.h"
#include "gtest/gtest.h"
#include "tests/agent/channel/fake_channel.h"

namespace rollout::channel {
namespace {

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    NetAddress any = *NetAddress::Parse("127.0.0.1:0");
    EXPECT_EQ(bind(listener_.get(), any.sockaddr_ptr(), any.sockaddr_size()),
              0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
  }
  ~ProxyTest() override {
    channel_.Leave();
    if (server_.joinable()) server_.join();
  }

  NetAddress Address() {
    sockaddr_in address;
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(listener_.get(),
                          reinterpret_cast<sockaddr*>(&address), &size),
              0);
    return *NetAddress::FromSockaddr(&address, size);
  }
  // Serves a channel; returns the service's end of its connection.
  UniqueFd Serve() {
    auto connection = probe::StartConnect(Address(), 0);
    EXPECT_TRUE(connection.ok()) << connection.status();
    server_ = std::thread([this, fd = connection->release()] {
      EXPECT_TRUE(Proxy(UniqueFd(fd), channel_).ok());
    });
    EXPECT_TRUE(channel_.Hear().has_opened());
    return UniqueFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  static std::string Receive(int fd) {
    char buffer[100];
    ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    return got < 0 ? "reset" : std::string(buffer, got);
  }

  UniqueFd listener_;
  FakeChannel channel_;
  std::thread server_;
};

TEST_F(ProxyTest, CarriesBothWaysAndEnds) {
  UniqueFd service = Serve();
  channel_.SayData("question");
  EXPECT_EQ(Receive(service.get()), "question");
  channel_.SayEnd();
  EXPECT_EQ(Receive(service.get()), "");
  ASSERT_EQ(send(service.get(), "answer", 6, 0), 6);
  EXPECT_EQ(channel_.Hear().data(), "answer");
  service.reset();
  EXPECT_TRUE(channel_.Hear().has_end_of_data());
  channel_.Leave();
  server_.join();
}

TEST_F(ProxyTest, AServiceThatResetsIsTold) {
  UniqueFd service = Serve();
  linger reset = {1, 0};
  setsockopt(service.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  service.reset();
  EXPECT_EQ(channel_.Hear().end().code(),
            static_cast<int>(absl::StatusCode::kAborted));
}

TEST_F(ProxyTest, AnOperatorWhoLeavesIsAResetToTheService) {
  UniqueFd service = Serve();
  channel_.Leave();
  EXPECT_EQ(Receive(service.get()), "reset");
}

TEST_F(ProxyTest, AConnectionThatIsRefusedIsTold) {
  NetAddress gone = Address();
  listener_.reset();
  auto connection = probe::StartConnect(gone, 0);
  if (!connection.ok()) return;  // at once
  EXPECT_FALSE(Proxy(*std::move(connection), channel_).ok());
}

}  // namespace
}  // namespace rollout::channel
