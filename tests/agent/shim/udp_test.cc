// SPDX-License-Identifier: Apache-2.0
//
// Services that take datagrams: what becomes of a flow, of what waits to be
// read, of answers under way.

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/endpoint_fixture.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"

namespace rollout::shim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class UdpTest : public EndpointTest {
 protected:
  void SetUp() override {
    EndpointTest::SetUp();
    address_ = AddressOf(absl::StrCat("udp:127.0.0.1:", port_));
  }

  void StartListening(const v1::StartRequest& request) {
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitListening(request.generation()))
        << State(request.generation()).problem();
  }

  v1::StartRequest UdpProgram(uint64_t generation, const std::string& source) {
    v1::StartRequest request = Program(generation, absl::StrCat(kPrelude, R"(
def echo(s, pause=0):
    while True:
        data, peer = s.recvfrom(4096)
        time.sleep(pause)
        s.sendto(b"generation " + generation.encode() + b"\n" + data, peer)

def bound(address="127.0.0.1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, port))
    return s
)",
                                                                source));
    SetEndpoints({address_}, &request);
    return request;
  }

  std::string ProblemOf(const v1::StartRequest& request) {
    absl::Status started = Start(request);
    EXPECT_TRUE(started.ok()) << started;
    EXPECT_TRUE(Await(request.generation(), [](const v1::Generation& g) {
      return !g.problem().empty();
    }));
    return State(request.generation()).problem();
  }

  static void SendTo(const UniqueFd& socket) {
    ASSERT_EQ(send(socket.get(), "x", 1, 0), 1);
  }
  // Who answers; "": nobody within the socket's time.
  static std::string AnswerOf(const UniqueFd& socket) {
    char answer[128];
    ssize_t size = recv(socket.get(), answer, sizeof answer, 0);
    const std::string text(answer, size < 0 ? 0 : size);
    return text.substr(0, text.find('\n'));
  }

  EndpointAddress address_ = AddressOf("udp:127.0.0.1:1");
};

TEST_F(UdpTest, SwapsLoseNoAnswer) {
  StartListening(Server(1, {address_}));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  HttpLoad load([&] { return Ask(address_); }, 4);
  for (uint64_t next = 2; next <= 5; ++next) {
    SCOPED_TRACE(next);
    StartListening(Server(next, {address_}));
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    EXPECT_EQ(Ask(address_), absl::StrCat("generation ", next));
    ASSERT_TRUE(Drain(next - 1).ok());
    ASSERT_TRUE(AwaitEnded(next - 1));
    EXPECT_EQ(State(next - 1).connections_cut(), 0u);
    EXPECT_EQ(State(next - 1).listeners(), 0u);
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 5u);
}

TEST_F(UdpTest, AFlowStaysAndMovesOnlyToTheOneThatGrows) {
  for (uint64_t generation : {1, 2}) {
    StartListening(Server(generation, {address_}));
  }
  std::vector<UniqueFd> flows;
  for (int i = 0; i < 300; ++i) flows.push_back(Connect(address_));
  std::set<size_t> before;
  for (uint32_t permille : {0, 100, 300, 301, 700, 1000}) {
    SCOPED_TRACE(permille);
    ASSERT_TRUE(SetWeights({{1, 1000 - permille}, {2, permille}}).ok());
    std::set<size_t> now[2];
    for (auto& round : now) {
      for (size_t i = 0; i < flows.size(); ++i) {
        SendTo(flows[i]);
        if (AnswerOf(flows[i]) == "generation 2") round.insert(i);
      }
    }
    EXPECT_EQ(now[0], now[1]) << "a flow moved by itself";
    EXPECT_THAT(now[0], ::testing::IsSupersetOf(before));
    before = now[0];
  }
  EXPECT_EQ(before.size(), flows.size());
}

// What waits in the old one's queue, and what it has read and not yet answered.
TEST_F(UdpTest, WhatTheOldOneHasItAnswers) {
  StartListening(UdpProgram(1, "echo(bound(), 0.1)\n"));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  StartListening(Server(2, {address_}));
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(Connect(address_));
    SendTo(clients.back());
  }
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(Drain(1).ok());
  for (const UniqueFd& client : clients) {
    EXPECT_EQ(AnswerOf(client), "generation 1");
  }
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State(1).connections_cut(), 0u);
  EXPECT_FALSE(State(1).killed());
}

TEST_F(UdpTest, WhenOneDiesNobodyIsRefused) {
  StartListening(Server(1, {address_}));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_EQ(kill(State(1).pid(), SIGKILL), 0);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  UniqueFd client = Connect(address_);
  // Without the held socket the second one would fail: ECONNREFUSED.
  SendTo(client);
  SendTo(client);
  StartListening(Server(2, {address_}));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  SendTo(client);
  EXPECT_EQ(AnswerOf(client), "generation 2");
  ASSERT_TRUE(AwaitEnded(1));
  // They move nowhere, and are told of.
  EXPECT_EQ(State(1).connections_cut(), 2u);
}

TEST_F(UdpTest, ASocketWithAPeerIsAConnection) {
  StartListening(UdpProgram(1, R"(
s = bound()
data, peer = s.recvfrom(4096)
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
c.bind(("127.0.0.1", port))
c.connect(peer)
c.send(b"generation 1\n" + data)
threading.Thread(target=echo, args=(s,)).start()
while c.recv(4096) != b"bye":
    c.send(b"generation 1\nagain")
c.close()
)"));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  UniqueFd client = Connect(address_);
  SendTo(client);
  ASSERT_EQ(AnswerOf(client), "generation 1");
  StartListening(Server(2, {address_}));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Ask(address_), "generation 2");
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(Await(
      1, [](const v1::Generation& g) { return g.connections_left() == 1; }));
  SendTo(client);
  EXPECT_EQ(AnswerOf(client), "generation 1") << "it has its socket there";
  EXPECT_EQ(State(1).times().signalled_ns(), 0u);
  ASSERT_EQ(send(client.get(), "bye", 3, 0), 3);
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
}

TEST_F(UdpTest, AnOverlappingAddressIsRefused) {
  EXPECT_THAT(ProblemOf(UdpProgram(1, "echo(bound('0.0.0.0'))\n")),
              AllOf(HasSubstr(absl::StrCat("binds udp:0.0.0.0:", port_)),
                    HasSubstr("make them equal")));
}

TEST_F(UdpTest, AServiceCannotReplaceTheSteeringProgram) {
  EXPECT_THAT(ProblemOf(UdpProgram(1, R"(
import ctypes, struct
s = bound()
code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
try:
    s.setsockopt(socket.SOL_SOCKET, 51,
                 struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
except PermissionError:
    print("refused")
echo(s)
)")),
              HasSubstr("reuseport program of its own"));
  EXPECT_EQ(Ask(address_), "generation 1");
}

TEST_F(UdpTest, AProgramAttachedBeforeTheBindIsHintedAt) {
  StartListening(Server(1, {address_}));
  EXPECT_THAT(ProblemOf(UdpProgram(2, R"(
import ctypes, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
s.setsockopt(socket.SOL_SOCKET, 51,
             struct.pack("HxxxxxxQ", 1, ctypes.addressof(code)))
try:
    s.bind(("127.0.0.1", port))
except OSError:
    print("refused")
time.sleep(1000)
)")),
              HasSubstr("before bind"));
  EXPECT_EQ(Ask(address_), "generation 1");
}

TEST_F(UdpTest, ActivationPassesASocket) {
  for (uint64_t generation : {1, 2, 3}) {
    v1::StartRequest request =
        UdpProgram(generation, "echo(socket.socket(fileno=3))\n");
    request.set_handover(v1::ACTIVATION);
    StartListening(request);
    ASSERT_TRUE(SetWeights({{generation, 1000}}).ok());
    EXPECT_EQ(Ask(address_), absl::StrCat("generation ", generation));
  }
}

}  // namespace
}  // namespace rollout::shim
