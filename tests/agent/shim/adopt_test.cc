// SPDX-License-Identifier: Apache-2.0
//
// Services that somebody else has started: taken in as they run, and swapped
// from then on.

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::HasSubstr;

// A server as an operator would have started it: with a session of its own and
// no knowledge of a shim.
class AdoptTest : public ShimTest {
 protected:
  void TearDown() override {
    for (pid_t pid : running_) {
      kill(-pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    ShimTest::TearDown();
  }

  pid_t Run(const std::vector<std::string>& command) {
    std::vector<char*> words;
    for (const std::string& word : command) {
      words.push_back(const_cast<char*>(word.c_str()));
    }
    words.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
      setsid();
      execv(words[0], words.data());
      _exit(127);
    }
    running_.push_back(pid);
    return pid;
  }

  // Answers "generation 1", from two processes; as many options on its listener
  // as `options` sets.
  pid_t RunServer(const std::string& options = "") {
    const pid_t pid =
        Run({"/usr/bin/python3", "-c",
             absl::StrCat("import os, socket, time\n", "generation, port = 1, ",
                          port_, "\n", "s = socket.socket()\n", options,
                          R"(
s.bind(('127.0.0.1', port))
s.listen(512)
if os.fork() == 0: pass
while True:
    c = s.accept()[0]
    if os.fork() == 0:
        while True:
            asked = c.recv(4096)
            if not asked: os._exit(0)
            c.sendall(b'HTTP/1.0 200 OK\r\n\r\ngeneration 1')
            if b'HTTP/1.0' in asked: os._exit(0)
    c.close()
)")});
    EXPECT_TRUE(Eventually([&] { return Connect(port_).valid(); }));
    return pid;
  }

  v1::Request Request(pid_t pid = 0) {
    v1::Request request;
    v1::AdoptRequest& adopt = *request.mutable_adopt();
    adopt.set_generation(1);
    adopt.set_revision("R1");
    *adopt.mutable_endpoints() = HttpServer(1).endpoints();
    adopt.set_handshake_grace_ns(3000000000);
    adopt.set_pid(pid);
    return request;
  }

  void SwapTo(uint64_t next) {
    absl::Status started = Start(HttpServer(next));
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(next)) << State(next).problem();
    EXPECT_EQ(Get(port_), absl::StrCat("generation ", next - 1)) << "not dark";
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    ASSERT_TRUE(Drain(next - 1).ok());
    ASSERT_TRUE(AwaitEnded(next - 1));
  }

  std::vector<pid_t> running_;
};

constexpr char kReuseAddress[] =
    "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n";

TEST_F(AdoptTest, ARunningServiceIsSwappedUnderLoad) {
  const pid_t pid = RunServer(kReuseAddress);
  HttpLoad load(port_, 4);
  ASSERT_TRUE(Eventually([&] { return load.done() >= 50; }));
  absl::Status adopted = Send(Request());
  ASSERT_TRUE(adopted.ok()) << adopted;
  const v1::Generation taken = State(1);
  EXPECT_EQ(taken.pid(), pid);
  EXPECT_TRUE(taken.adopted());
  EXPECT_EQ(taken.weight(), 1000u);
  EXPECT_TRUE(taken.all_endpoints_listen());
  const int before = load.done();
  ASSERT_TRUE(Eventually([&] { return load.done() >= before + 50; }));
  ASSERT_NO_FATAL_FAILURE(SwapTo(2));
  EXPECT_EQ(State(1).connections_cut(), 0u);
  ASSERT_NO_FATAL_FAILURE(SwapTo(3));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(load.answers().size(), 3u);
  // Its worker is gone with it.
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  running_.clear();
  EXPECT_TRUE(Eventually([pid] { return kill(-pid, 0) == -1; }));
}

// Established connections that have no SO_REUSEADDR would keep the address to
// themselves.
TEST_F(AdoptTest, WithAThousandConnections) {
  RunServer();
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(Connect(port_));
    ASSERT_TRUE(clients.back().valid()) << i;
  }
  const auto ask = [&] {
    for (UniqueFd& client : clients) {
      char answer[256];
      ASSERT_EQ(send(client.get(), "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
      ASSERT_GT(recv(client.get(), answer, sizeof answer, 0), 0);
    }
  };
  // It has accepted them all then, however long it takes to fork so often.
  ASSERT_NO_FATAL_FAILURE(ask());
  absl::Status adopted = Send(Request());
  ASSERT_TRUE(adopted.ok()) << adopted;
  absl::Status started = Start(HttpServer(2));
  ASSERT_TRUE(started.ok()) << started;
  ASSERT_TRUE(AwaitReady(2)) << State(2).problem();
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  EXPECT_EQ(Get(port_), "generation 2");
  ASSERT_TRUE(Drain(1, absl::Seconds(20), absl::Seconds(40)).ok());
  EXPECT_TRUE(Await(1, [](const v1::Generation& g) {
    return g.connections_carried() == 1000;
  }));
  ASSERT_NO_FATAL_FAILURE(ask());
  clients.clear();
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State(1).connections_cut(), 0u);
}

TEST_F(AdoptTest, ItsDeathIsSeenAndItsQueueIsKept) {
  const pid_t pid = RunServer(kReuseAddress);
  ASSERT_TRUE(Send(Request(pid)).ok());
  kill(pid, SIGKILL);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  // Its worker would still take a client, and die with it.
  ASSERT_TRUE(Await(
      1, [](const v1::Generation& g) { return g.times().gone_ns() > 0; }));
  UniqueFd waiting = Connect(port_);
  ASSERT_TRUE(waiting.valid());
  ASSERT_TRUE(Start(HttpServer(2)).ok());
  ASSERT_TRUE(AwaitReady(2)) << State(2).problem();
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_EQ(send(waiting.get(), "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
  char answer[256];
  EXPECT_GT(recv(waiting.get(), answer, sizeof answer, 0), 0);
  ASSERT_TRUE(AwaitEnded(1));
}

TEST_F(AdoptTest, WhatCanNotBeAdoptedIsNotTouched) {
  EXPECT_EQ(Send(Request()).code(), absl::StatusCode::kNotFound);
  const pid_t pid = RunServer(kReuseAddress);
  // Another process than the one that listens.
  absl::Status other = Send(Request(getpid()));
  EXPECT_EQ(other.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(other.message(), HasSubstr(absl::StrCat("(pid ", pid)));
  // Another address than it listens on.
  v1::Request everywhere = Request();
  everywhere.mutable_adopt()->mutable_endpoints(0)->set_address(
      absl::StrCat("0.0.0.0:", port_));
  EXPECT_THAT(Send(everywhere).message(),
              HasSubstr("give the endpoint the address it listens on"));
  // More endpoints than it has.
  v1::Request more = Request();
  v1::Endpoint* second = more.mutable_adopt()->add_endpoints();
  second->set_name("admin");
  second->set_address(absl::StrCat("127.0.0.1:", FreePort()));
  EXPECT_THAT(Send(more).message(), HasSubstr("does not listen on"));
  SetMigration(false);
  EXPECT_THAT(Send(Request()).message(), HasSubstr("tcp_migrate_req"));
  SetMigration(true);
  EXPECT_EQ(State().generations_size(), 0);
  EXPECT_EQ(Get(port_), "generation 1");
  // Nobody else can join it: it is as it was.
  v1::StartRequest newcomer = HttpServer(2);
  ASSERT_TRUE(Start(newcomer).ok());
  ASSERT_TRUE(Await(2, [](const v1::Generation& g) { return g.pid() == 0; }));
  EXPECT_THAT(State(2).problem(), HasSubstr("listens on"));
}

TEST_F(AdoptTest, SeveralListenersOnOneAddressAreRefused) {
  Run({"/usr/bin/python3", "-c",
       absl::StrCat("import socket, time\nport = ", port_, R"(
l = []
for i in range(3):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(('127.0.0.1', port))
    s.listen(8)
    l.append(s)
time.sleep(600)
)")});
  ASSERT_TRUE(Eventually([&] { return Connect(port_).valid(); }));
  absl::Status refused;
  ASSERT_TRUE(Eventually([&] {
    refused = Send(Request());
    return absl::StrContains(refused.message(), "has 3 listeners");
  })) << refused;
}

}  // namespace
}  // namespace rollout::shim
