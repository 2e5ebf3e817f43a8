// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/connections.h"

#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/socket_facts.h"
#include "base/clock.h"
#include "base/endpoint_address.h"
#include "base/net_address.h"
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
  }

  UniqueFd Connect() {
    UniqueFd client(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(connect(client.get(), endpoint_[0].ip()->sockaddr_ptr(),
                      endpoint_[0].ip()->sockaddr_size()),
              0);
    return client;
  }

  // Both ways to find out say the same.
  bool Held(const std::vector<EndpointAddress>& endpoints) {
    auto has = LookForClients(endpoints, List, IsListener());
    auto count = CountClients(endpoints, *HeldSockets(List()));
    EXPECT_TRUE(has.ok() && count.ok()) << has.status() << count.status();
    EXPECT_EQ(has->connected, count->connected);
    EXPECT_FALSE(has->may_be_more);
    return has->connected > 0;
  }

  static std::vector<ProcessEntry> List() { return {*ReadProcess(getpid())}; }

  std::function<bool(uint64_t)> IsListener() {
    return [inode = SocketInode(listener_.get())](uint64_t other) {
      return other == inode;
    };
  }

  UniqueFd listener_;
  std::vector<EndpointAddress> endpoint_;
};

TEST_F(ConnectionsTest, AreThoseOfTheEndpointThatAProcessHolds) {
  EXPECT_FALSE(Held(endpoint_)) << "a listener is no connection";
  UniqueFd client = Connect();
  EXPECT_FALSE(Held(endpoint_)) << "it waits in the queue, nobody holds it";
  UniqueFd accepted(accept(listener_.get(), nullptr, nullptr));
  ASSERT_TRUE(accepted.valid());
  EXPECT_TRUE(Held(endpoint_));
  EXPECT_FALSE(Held({*NetAddress::Parse("127.0.0.2:1")})) << "another endpoint";
  client.reset();
  EXPECT_TRUE(Held(endpoint_)) << "half closed: the answer may still be sent";
  accepted.reset();
  EXPECT_FALSE(Held(endpoint_));
}

TEST_F(ConnectionsTest, AreBusyFromARequestUntilItsAnswerIsThere) {
  UniqueFd client = Connect();
  UniqueFd accepted(accept(listener_.get(), nullptr, nullptr));
  auto is_busy = [this] {
    auto clients = LookForClients(endpoint_, List, IsListener());
    EXPECT_TRUE(clients.ok()) << clients.status();
    EXPECT_EQ(clients->connected, 1u);
    return clients->busy == 1;
  };
  EXPECT_FALSE(is_busy()) << "nothing was asked";
  char byte = 'x';
  ASSERT_EQ(send(client.get(), &byte, 1, 0), 1);
  EXPECT_TRUE(is_busy()) << "nobody has read it";
  ASSERT_EQ(recv(accepted.get(), &byte, 1, 0), 1);
  EXPECT_TRUE(is_busy()) << "there is no answer";
  ASSERT_EQ(send(accepted.get(), &byte, 1, 0), 1);
  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + absl::Seconds(20);
  while (is_busy() && clock.Uptime() < end) {
  }
  EXPECT_FALSE(is_busy()) << "it was answered";
}

TEST(IsBusy, GoesByWhoseWordWasTheLast) {
  struct Case {
    const char* name;
    ConnectionFacts facts;
    bool busy;
  };
  // Unread, unsent, bytes received and sent, last received and sent in ms.
  const Case kCases[] = {
      {"a client that has asked nothing", {0, 0, 0, 0, 9, 9}, false},
      {"data that nobody has read", {1, 0, 5, 5, 9000, 9000}, true},
      {"an answer on its way", {0, 1, 5, 5, 9000, 8000}, true},
      {"asked, not answered", {0, 0, 5, 5, 1000, 9000}, true},
      {"asked at once, not answered", {0, 0, 5, 0, 9000, 9000}, true},
      {"answered a while ago", {0, 0, 5, 5, 9000, 1000}, false},
      {"an answer that may go on", {0, 0, 5, 5, 9000, 999}, true},
      {"asked and answered in one tick, long ago",
       {0, 0, 5, 5, 9000, 9000},
       false},
      {"asked and answered in one tick, just now", {0, 0, 5, 5, 10, 10}, true},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    SocketEntry entry{*NetAddress::Parse("127.0.0.1:1"),
                      *NetAddress::Parse("127.0.0.1:2"),
                      1,
                      0,
                      false,
                      c.facts};
    EXPECT_EQ(IsBusy(entry), c.busy);
  }
}

TEST_F(ConnectionsTest, OneThatTheServiceItselfMakesIsNone) {
  UniqueFd to_itself = Connect();
  EXPECT_FALSE(Held(endpoint_)) << "its own port is another";
}

TEST_F(ConnectionsTest, AProcessThatIsGoneHoldsNothing) {
  ProcessEntry gone;
  gone.pid = 1 << 22;  // above any
  EXPECT_TRUE(HeldSockets({gone})->empty());
}

TEST_F(ConnectionsTest, AForkMeanwhileMayHaveTakenOneOver) {
  pid_t child = 0;
  bool first = true;
  auto list = [&] {
    std::vector<ProcessEntry> processes = List();
    if (!std::exchange(first, false)) {
      processes.push_back(*ReadProcess(child));
      return processes;
    }
    child = fork();
    if (child == 0) _exit(pause());
    return processes;
  };
  EXPECT_TRUE(LookForClients(endpoint_, list, IsListener())->may_be_more);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_F(ConnectionsTest, UnixSocketsAreKnownByTheirInodes) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  UniqueFd one(pair[0]), other(pair[1]);
  const std::set<uint64_t> unix_sockets = UnixSocketInodes();
  EXPECT_EQ(unix_sockets.count(SocketInode(one.get())), 1u);
  EXPECT_EQ(unix_sockets.count(SocketInode(other.get())), 1u);
  EXPECT_EQ(unix_sockets.count(SocketInode(listener_.get())), 0u);
}

TEST(LastPid, ChangesWithAFork) {
  const std::string before = LastPid();
  pid_t child = fork();
  if (child == 0) _exit(0);
  EXPECT_NE(LastPid(), before);
  waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace rollout::shim
