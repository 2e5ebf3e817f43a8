// SPDX-License-Identifier: Apache-2.0
//
// How a generation leaves: by itself, by force, by accident.

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

class DrainTest : public ShimTest {
 protected:
  // Generation 1 serves; 2 takes all; 1 is at weight 0.
  void Flip(const v1::StartRequest& first, const v1::StartRequest& second) {
    ASSERT_TRUE(Start(first).ok());
    ASSERT_TRUE(AwaitReady(1));
    ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
    held_ = Connect(port_);
    ASSERT_TRUE(held_.valid());
    // Its thread has it: the answer to a later connection is there.
    ASSERT_EQ(Get(port_), "generation 1");
    ASSERT_TRUE(Start(second).ok());
    ASSERT_TRUE(AwaitReady(2));
    ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  }

  // What comes on a connection until its end, after a request.
  static std::string Finish(UniqueFd& connection) {
    const char request[] = "GET / HTTP/1.0\r\n\r\n";
    send(connection.get(), request, sizeof request - 1, MSG_NOSIGNAL);
    char answer[256];
    ssize_t size = recv(connection.get(), answer, sizeof answer, MSG_WAITALL);
    return size < 0 ? "error" : std::string(answer, size);
  }

  // A client that is connected to generation 1.
  UniqueFd held_;
};

const std::string& Server() {
  static const std::string source =
      std::string(kPrelude) + "serve(listener())\n";
  return source;
}

TEST_F(DrainTest, WaitsForConnections) {
  Flip(Program(1, Server()), Program(2, Server()));
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) {
    return g.times().queue_empty_ns() != 0;
  }));
  // The signal would end this program at once, and it has not come while a
  // client is connected: the client is still answered.
  EXPECT_EQ(State(1).times().signalled_ns(), 0u);
  EXPECT_TRUE(State(1).draining());
  EXPECT_THAT(Finish(held_), HasSubstr("generation 1"));
  ASSERT_TRUE(AwaitEnded(1));
  v1::Generation ended = State(1);
  EXPECT_FALSE(ended.killed());
  EXPECT_EQ(ended.connections_cut(), 0u);
  EXPECT_EQ(ended.exit_status(), SIGTERM);
  EXPECT_EQ(ended.pid(), 0);
  EXPECT_EQ(ended.listeners(), 0u);
  const v1::GenerationTimes& times = ended.times();
  EXPECT_LT(times.started_ns(), times.listening_ns());
  EXPECT_LE(times.listening_ns(), times.flip_began_ns());
  EXPECT_LE(times.flip_began_ns(), times.flip_ended_ns());
  EXPECT_LE(times.flip_ended_ns(), times.retired_ns());
  EXPECT_LE(times.retired_ns(), times.queue_empty_ns());
  EXPECT_LE(times.drain_began_ns(), times.signalled_ns());
  EXPECT_LE(times.signalled_ns(), times.gone_ns());
  EXPECT_LE(times.gone_ns(), times.ended_ns());
}

TEST_F(DrainTest, WaitsNoLongerThanTold) {
  Flip(Program(1, Server()), Program(2, Server()));
  ASSERT_TRUE(Drain(1, absl::Milliseconds(50)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
  EXPECT_EQ(State(1).exit_status(), SIGTERM);
}

TEST_F(DrainTest, WaitsForTheAcceptQueue) {
  // Accepts only while a file is there.
  v1::StartRequest slow =
      Program(1, std::string(kPrelude) +
                     absl::StrCat("gate = '", directory_, "/gate'") +
                     R"(
s = listener()
while True:
    while not os.path.exists(gate):
        time.sleep(0.001)
    answer(s.accept()[0])
)");
  std::string gate = WriteFile("gate", "");
  ASSERT_TRUE(Start(slow).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_EQ(unlink(gate.c_str()), 0);
  // One may slip through to an accept(2) that was under way.
  std::vector<UniqueFd> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(Connect(port_));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(Drain(1).ok());
  EXPECT_EQ(Get(port_), "generation 2");
  ASSERT_TRUE(Await(
      1, [](const v1::Generation& g) { return g.accept_queue_peak() >= 7; }));
  EXPECT_EQ(State(1).times().queue_empty_ns(), 0u);
  WriteFile("gate", "");
  for (UniqueFd& client : waiting) {
    EXPECT_THAT(Finish(client), HasSubstr("generation 1"));
  }
  ASSERT_TRUE(AwaitEnded(1));
}

TEST_F(DrainTest, DeadlineKillsTheWholeTree) {
  v1::StartRequest stubborn = Program(1, std::string(kPrelude) + R"(
signal.signal(signal.SIGTERM, signal.SIG_IGN)
s = listener()
if os.fork() == 0:           # a child
    signal.pause()
if os.fork() == 0:           # a daemon: own session, parent gone,
    os.setsid()              # environment wiped
    if os.fork() == 0:
        print("daemon", os.getpid())
        os.execve("/bin/sh", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"], {})
    os._exit(0)
os.wait()
serve(s)
)");
  Flip(stubborn, Program(2, Server()));
  std::string output = ReadFile(OutputPath());
  std::vector<std::string> words = absl::StrSplit(output, ' ');
  pid_t daemon = 0;
  ASSERT_GE(words.size(), 4u);
  ASSERT_TRUE(
      absl::SimpleAtoi(words[3].substr(0, words[3].find('\n')), &daemon));
  ASSERT_EQ(kill(daemon, 0), 0);
  ASSERT_TRUE(Drain(1, absl::Milliseconds(20), absl::Milliseconds(100)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_EQ(State(1).connections_cut(), 1u);
  EXPECT_EQ(State(1).exit_status(), SIGKILL);
  if (!control_group_.empty()) {
    EXPECT_TRUE(Eventually([daemon] { return kill(daemon, 0) != 0; }));
    return;
  }
  // It could be of either by what it shows: while both live it is spared, and
  // goes with the last one.
  ASSERT_EQ(kill(daemon, 0), 0);
  ASSERT_TRUE(SetWeights({}).ok());
  ASSERT_TRUE(Kill(2).ok());
  ASSERT_TRUE(AwaitEnded(2));
  EXPECT_NE(kill(daemon, 0), 0);
}

TEST_F(DrainTest, DaemonsWithTheirEnvironmentGoWithTheirGeneration) {
  v1::StartRequest daemonizing = Program(1, std::string(kPrelude) + R"(
s = listener()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print("daemon", os.getpid())
        os.execv("/bin/sh", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"])
    os._exit(0)
os.wait()
serve(s)
)");
  Flip(daemonizing, Program(2, Server()));
  held_.reset();
  std::vector<std::string> words = absl::StrSplit(ReadFile(OutputPath()), ' ');
  pid_t daemon = 0;
  ASSERT_GE(words.size(), 4u);
  ASSERT_TRUE(
      absl::SimpleAtoi(words[3].substr(0, words[3].find('\n')), &daemon));
  ASSERT_TRUE(Drain(1, absl::Seconds(1), absl::Seconds(1)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_EQ(State(1).exit_status(), SIGTERM);
  // Dead it is; its entry goes once the shim has read its status.
  EXPECT_TRUE(Eventually([daemon] { return kill(daemon, 0) != 0; }));
  EXPECT_EQ(Get(port_), "generation 2");
}

TEST_F(DrainTest, WhatHasLeftItsControlGroupStillBelongsToIt) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  // As the processes of a container engine do.
  v1::StartRequest leaving = Program(
      1, std::string(kPrelude) +
             absl::StrCat("elsewhere = '", control_group_, "/elsewhere'") +
             R"(
os.mkdir(elsewhere)
s = listener()
if os.fork() == 0:
    open(elsewhere + "/cgroup.procs", "w").write("0")
    print("left", os.getpid())
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(s)
signal.pause()
)");
  Flip(leaving, Program(2, Server()));
  std::vector<std::string> words = absl::StrSplit(ReadFile(OutputPath()), ' ');
  pid_t escaped = 0;
  ASSERT_GE(words.size(), 4u);
  ASSERT_TRUE(
      absl::SimpleAtoi(words[3].substr(0, words[3].find('\n')), &escaped));
  ASSERT_TRUE(Drain(1).ok());
  // Its connection is waited for.
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) {
    return g.times().queue_empty_ns() != 0;
  }));
  EXPECT_EQ(State(1).times().signalled_ns(), 0u);
  EXPECT_THAT(Finish(held_), HasSubstr("generation 1"));
  ASSERT_TRUE(Kill(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(Eventually([escaped] { return kill(escaped, 0) != 0; }));
  EXPECT_EQ(rmdir((control_group_ + "/elsewhere").c_str()), 0);
}

TEST_F(DrainTest, GroupsThatAServiceMakesGoWithIt) {
  if (control_group_.empty()) GTEST_SKIP() << "there are no control groups";
  v1::StartRequest nesting =
      Program(1, std::string(kPrelude) +
                     absl::StrCat("below = '", control_group_, "/1/a/b'") +
                     R"(
os.makedirs(below)
s = listener()
if os.fork() == 0:
    open(below + "/cgroup.procs", "w").write("0")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pause()
serve(s)
)");
  Flip(nesting, Program(2, Server()));
  held_.reset();
  ASSERT_TRUE(Drain(1, absl::Milliseconds(20), absl::Milliseconds(100)).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_NE(access((control_group_ + "/1").c_str(), F_OK), 0);
}

TEST_F(DrainTest, AStartWithoutItsControlGroupIsNoLess) {
  v1::StartRequest request = Program(1, Server());
  request.set_control_group(directory_ + "/no/such/group");
  Flip(request, Program(2, Server()));
  held_.reset();
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
}

TEST_F(DrainTest, RefusesWhatWouldHarmAClient) {
  ASSERT_TRUE(Start(Program(1, Server())).ok());
  EXPECT_EQ(SetWeights({{7, 1000}}).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(AwaitReady(1));
  EXPECT_THAT(SetWeights({{1, 999}}).message(), HasSubstr("not to 1000"));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  EXPECT_THAT(Drain(1).message(), HasSubstr("has weight 1000"));
  EXPECT_THAT(Forget(1).message(), HasSubstr("drain or kill it first"));
  v1::Request shutdown;
  shutdown.mutable_shutdown();
  EXPECT_THAT(Send(shutdown).message(), HasSubstr("end all generations"));
  EXPECT_THAT(Start(Program(1, Server())).message(),
              HasSubstr("must be higher than 1"));
  ASSERT_TRUE(Start(Program(2, std::string(kPrelude) + "signal.pause()")).ok());
  EXPECT_THAT(SetWeights({{2, 1000}}).message(),
              HasSubstr("does not listen on 127.0.0.1"));
  EXPECT_EQ(State(1).weight(), 1000u);
  EXPECT_EQ(Get(port_), "generation 1");
}

// Clients that connect while nobody can answer.
class Gap {
 public:
  Gap(uint16_t port, int clients) {
    for (int i = 0; i < clients; ++i) {
      clients_.emplace_back([this, port] {
        std::string answer = Get(port);
        MutexLock lock(&mutex_);
        answers_.push_back(answer);
      });
    }
  }
  std::vector<std::string> Join() {
    for (std::thread& client : clients_) client.join();
    return answers_;
  }

 private:
  Mutex mutex_;
  std::vector<std::string> answers_;
  std::vector<std::thread> clients_;
};

TEST_F(DrainTest, ACrashHoldsTheQueueForTheNextGeneration) {
  ASSERT_TRUE(Start(Program(1, Server())).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_EQ(kill(State(1).pid(), SIGKILL), 0);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  EXPECT_EQ(State(1).weight(), 1000u);
  EXPECT_FALSE(State(1).ended());
  EXPECT_FALSE(State(1).draining());
  EXPECT_EQ(State(1).exit_status(), SIGKILL);

  Gap gap(port_, 16);
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  EXPECT_THAT(gap.Join(), Each("generation 2"));
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State(1).listeners(), 0u);
}

// The planted fault: the same, and the queue has nowhere to go.
TEST_F(DrainTest, WithoutMigrationACrashLosesTheQueueAndSaysSo) {
  SetMigration(false);
  ASSERT_TRUE(Start(Program(1, Server())).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_EQ(kill(State(1).pid(), SIGKILL), 0);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  std::vector<UniqueFd> waiting;
  for (int i = 0; i < 8; ++i) waiting.push_back(Connect(port_));
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_EQ(State(1).connections_cut(), 8u);
  EXPECT_EQ(Get(port_), "generation 2");
}

TEST_F(DrainTest, ACrashBesideADarkOneDoesNotShowItToClients) {
  for (uint64_t generation : {1, 2, 3}) {
    ASSERT_TRUE(Start(Program(generation, Server())).ok());
    ASSERT_TRUE(AwaitReady(generation));
  }
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  ASSERT_EQ(kill(State(1).pid(), SIGKILL), 0);
  ASSERT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  Gap gap(port_, 16);
  // All of them are in the queue of the dead one.
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  EXPECT_EQ(Get(port_), "generation 2");
  // Their queue could move to 3 as well; it waits until 3 is gone.
  ASSERT_TRUE(Kill(3).ok());
  for (const std::string& answer : gap.Join()) {
    EXPECT_EQ(answer, "generation 2");
  }
  ASSERT_TRUE(AwaitEnded(1));
  ASSERT_TRUE(AwaitEnded(3));
  EXPECT_EQ(State(1).connections_cut(), 0u);
}

TEST_F(DrainTest, ALeftoverOfAnEndedServiceIsEnded) {
  ASSERT_TRUE(Start(Program(1, std::string(kPrelude) + R"(
s = listener()
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve(s)
answer(s.accept()[0])
sys.exit(3)
)"))
                  .ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(Eventually([&] {
    Get(port_);
    return State(1).pid() == 0;
  }));
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_TRUE(State(1).killed());
  EXPECT_EQ(State(1).exit_status(), 3 << 8);
}

}  // namespace
}  // namespace rollout::shim
