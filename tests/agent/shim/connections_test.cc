// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "gtest/gtest.h"

namespace rollout::shim {
namespace {

NetAddress AddressOf(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return *NetAddress::FromSockaddr(&address, size);
}

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(
        bind(listener_.get(), reinterpret_cast<sockaddr*>(&any), sizeof any),
        0);
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    endpoint_ = {AddressOf(listener_.get())};
    self_ = {*ReadProcess(getpid())};
  }

  UniqueFd Connect() {
    UniqueFd client(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(connect(client.get(), endpoint_[0].sockaddr_ptr(),
                      endpoint_[0].sockaddr_size()),
              0);
    return client;
  }

  // Both ways to find out say the same.
  bool Held(const std::vector<NetAddress>& endpoints) {
    auto held = HoldConnections(endpoints, self_);
    auto count = CountConnections(endpoints, self_);
    EXPECT_TRUE(held.ok() && count.ok()) << held.status() << count.status();
    EXPECT_EQ(*held, *count > 0);
    return *held;
  }

  UniqueFd listener_;
  std::vector<NetAddress> endpoint_;
  std::vector<ProcessEntry> self_;
};

TEST_F(ConnectionsTest, AreThoseOfTheEndpointThatAProcessHolds) {
  EXPECT_FALSE(Held(endpoint_)) << "a listener is no connection";
  UniqueFd client = Connect();
  EXPECT_FALSE(Held(endpoint_)) << "it waits in the queue, nobody holds it";
  UniqueFd accepted(accept(listener_.get(), nullptr, nullptr));
  ASSERT_TRUE(accepted.valid());
  EXPECT_TRUE(Held(endpoint_));
  EXPECT_FALSE(Held({*NetAddress::Parse("127.0.0.2:1")})) << "another endpoint";
  EXPECT_FALSE(*HoldConnections(endpoint_, {})) << "another process";
  client.reset();
  EXPECT_TRUE(Held(endpoint_)) << "half closed: the answer may still be sent";
  accepted.reset();
  EXPECT_FALSE(Held(endpoint_));
}

TEST_F(ConnectionsTest, OneThatTheServiceItselfMakesIsNone) {
  UniqueFd to_itself = Connect();
  EXPECT_FALSE(Held(endpoint_)) << "its own port is another";
}

TEST_F(ConnectionsTest, AProcessThatIsGoneHoldsNothing) {
  ProcessEntry gone;
  gone.pid = 1 << 22;  // above any
  EXPECT_FALSE(*HoldConnections(endpoint_, {gone}));
}

}  // namespace
}  // namespace rollout::shim
