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
#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/flip_fixture.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

class DrainTest : public FlipTest {};

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

TEST_F(DrainTest, ForTheQueueDoesNotWaitForConnections) {
  Flip(Program(1, Server()), Program(2, Server()));
  v1::Request request = DrainRequest(1, absl::Seconds(10), absl::Seconds(20));
  request.mutable_drain()->set_wait(v1::WAIT_FOR_QUEUE);
  ASSERT_TRUE(Send(request).ok());
  ASSERT_TRUE(AwaitEnded(1));
  v1::Generation ended = State(1);
  EXPECT_EQ(ended.exit_status(), SIGTERM);
  EXPECT_EQ(ended.connections_carried(), 1u);
  EXPECT_EQ(ended.connections_left(), 1u);
}

TEST_F(DrainTest, ForRequestsDoesNotWaitForIdleConnections) {
  // Answers, and keeps the connection if it speaks HTTP/1.1.
  v1::StartRequest keeping = Program(1, std::string(kPrelude) + R"(
def talk(c):
    request = c.recv(4096)
    while request:
        time.sleep(0.2)
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\ngeneration 1")
        request = b"HTTP/1.1" in request and c.recv(4096)
    c.close()
s = listener()
while True:
    threading.Thread(target=talk, args=(s.accept()[0],)).start()
)");
  ASSERT_TRUE(Start(keeping).ok());
  ASSERT_TRUE(AwaitReady(1));
  ASSERT_TRUE(SetWeights({{1, 1000}}).ok());
  UniqueFd idle = Connect(port_), busy = Connect(port_);
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  const std::string request_line = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_GT(send(busy.get(), request_line.data(), request_line.size(), 0), 0);
  v1::Request request = DrainRequest(1, absl::Seconds(10), absl::Seconds(20));
  request.mutable_drain()->set_wait(v1::WAIT_FOR_REQUESTS);
  ASSERT_TRUE(Send(request).ok());
  char answer[64] = "";
  EXPECT_GT(recv(busy.get(), answer, sizeof answer, 0), 0);
  EXPECT_THAT(std::string(answer), HasSubstr("200 OK"));
  ASSERT_TRUE(AwaitEnded(1));
  v1::Generation ended = State(1);
  EXPECT_FALSE(ended.killed());
  EXPECT_EQ(ended.connections_carried(), 2u);
  EXPECT_EQ(ended.connections_left(), 2u);
}

TEST_F(DrainTest, ASecondSignalComesBeforeTheEnd) {
  v1::StartRequest deaf = Program(1, std::string(kPrelude) + R"(
signal.signal(signal.SIGTERM, signal.SIG_IGN)
serve(listener())
)");
  Flip(deaf, Program(2, Server()));
  held_.reset();
  v1::Request request = DrainRequest(1, absl::Seconds(10), absl::Seconds(20));
  request.mutable_drain()->set_second_signal(SIGUSR1);
  request.mutable_drain()->set_second_after_ns(50000000);
  ASSERT_TRUE(Send(request).ok());
  ASSERT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
  EXPECT_EQ(State(1).exit_status(), SIGUSR1);
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

}  // namespace
}  // namespace rollout::shim
