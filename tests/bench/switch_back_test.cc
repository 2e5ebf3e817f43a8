// SPDX-License-Identifier: Apache-2.0
//
// A new generation is killed at any moment while its predecessor is warm, under
// load, again and again: the request it was answering is all that is lost.
//
//   ROLLOUT_SWITCH_BACKS=100: how often (20)
//
// The server answers one connection at a time, so that one at most is accepted
// and not answered when it dies; all others wait in its queue, and a second
// failure would be one of these. Prints how long it took from the kill to the
// flip, next to the least it could take; what is asserted is no time.

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "gtest/gtest.h"
#include "tests/agent/reconcile/real_agent.h"
#include "tests/bench/bare_switch_back.h"
#include "tests/bench/spread.h"
#include "tests/bench/watched_shims.h"
#include "tests/load/connection_load.h"
#include "tests/load/conversation.h"
#include "tests/load/protocol.h"

namespace rollout::bench {
namespace {

constexpr int kClients = 8;

// Works for a millisecond on each request, and looks at nobody else meanwhile.
constexpr char kServer[] = R"(
import os, socket, time
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(os.environ["PORT"])))
server.listen(128)
body = os.environ["REVISION"].encode()
head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
while True:
    client, _ = server.accept()
    try:
        if client.recv(4096):
            time.sleep(0.001)
            client.sendall(head + body)
    except OSError:
        pass
    client.close()
)";

// The like of it, for the bare measure.
constexpr char kBareServer[] = R"(
import os, socket, signal, time
os.write(1, b"x")
signal.pause()
)";

std::vector<std::string> Python(const char* program) {
  return {"/usr/bin/python3", "-c", program};
}

// Times are on the monotonic clock.
struct Failure {
  absl::Duration began;
  load::Answer answer;
};
struct Round {
  absl::Duration killed;   // before kill(2)
  absl::Duration told;     // the shim's word is with the agent
  absl::Duration asked;    // the agent's with the shim
  absl::Duration begun;    // the shim sets to work
  absl::Duration flipped;  // the program is attached
};

const shim::v1::Generation* Find(const shim::v1::Status& status,
                                 uint64_t number) {
  for (const shim::v1::Generation& generation : status.generations()) {
    if (generation.number() == number) return &generation;
  }
  return nullptr;
}

class SwitchBackTest : public agent::RealAgentTest {
 protected:
  shim_client::ShimHost& Shims() override {
    watched_ = std::make_unique<WatchedShims>(shims_.get());
    return *watched_;
  }
  void TearDown() override {
    load_.reset();
    RealAgentTest::TearDown();
  }

  v1::Revision MakeRevision(int number) const {
    v1::Revision revision = BareRevision(absl::StrCat("R", number));
    v1::ServiceTemplate* service = revision.mutable_service();
    for (const std::string& word : Python(kServer)) service->add_command(word);
    (*service->mutable_environment())["PORT"] = absl::StrCat(port_);
    (*service->mutable_environment())["REVISION"] = revision.id();
    return revision;
  }

  void StartLoad() {
    auto peer =
        load::MakePeer(absl::StrCat("127.0.0.1:", port_), absl::Seconds(10));
    ASSERT_TRUE(peer.ok()) << peer.status();
    load_ = load::ConnectionLoad::Start(
        [this, peer = *peer] { return Ask(peer); }, kClients);
  }

  load::Answer Ask(const load::Peer& peer) {
    const absl::Duration began = clock_.Uptime();
    load::Conversation conversation(peer, protocol_);
    load::Answer answer = conversation.Ask(protocol_.only_request);
    MutexLock lock(&mutex_);
    if (answer.outcome != load::Outcome::kOk) {
      failures_.push_back({began, answer});
    }
    ++answers_[answer.body];
    answered_.NotifyAll();
    return answer;
  }

  // Waits for so many more answers of the revision.
  bool AwaitAnswers(const std::string& revision, int64_t more) {
    const absl::Duration end = clock_.Uptime() + absl::Seconds(10);
    MutexLock lock(&mutex_);
    const int64_t wanted = answers_[revision] + more;
    while (answers_[revision] < wanted && clock_.Uptime() < end) {
      answered_.WaitFor(&mutex_, absl::Seconds(1));
    }
    return answers_[revision] >= wanted;
  }

  // The next revision takes over from the first one, and is killed.
  void SwapAndKill(int number) {
    SCOPED_TRACE(number);
    const uint64_t generation = number + 1;
    v1::Revision fresh = MakeRevision(number);
    Send({{MakeRevision(0), 0}, {fresh, 1000}}, number);
    ExpectServing(fresh.id());
    ASSERT_TRUE(AwaitAnswers(fresh.id(), 1 + random_() % 20));
    auto serving = watched_->Await([&](const shim::v1::Status& status) {
      const shim::v1::Generation* found = Find(status, generation);
      return found != nullptr && found->weight() == 1000;
    });
    ASSERT_TRUE(serving.ok()) << serving.status();
    const pid_t pid = Find(serving->status, generation)->pid();
    watched_->Clear();
    Round round;
    round.killed = clock_.Uptime();
    ASSERT_EQ(kill(pid, SIGKILL), 0);
    AwaitFlip(generation, &round);
    if (HasFatalFailure()) return;
    rounds_.push_back(round);
    ExpectServing("R0");
    const std::string id = absl::StrCat("web/", generation);
    ASSERT_TRUE(controller_.WaitForReport(id));
    EXPECT_EQ(controller_.reports()[id].outcome(),
              v1::SwapReport::SWITCHED_BACK);
    ASSERT_TRUE(AwaitAnswers("R0", 1));
  }

  void AwaitFlip(uint64_t generation, Round* round) {
    auto told = watched_->Await([&](const shim::v1::Status& status) {
      const shim::v1::Generation* found = Find(status, generation);
      return found != nullptr && found->pid() == 0;
    });
    ASSERT_TRUE(told.ok()) << told.status();
    auto asked = watched_->AwaitRequest([](const shim::v1::Request& request) {
      return request.has_set_weights();
    });
    ASSERT_TRUE(asked.ok()) << asked.status();
    auto flipped = watched_->Await([](const shim::v1::Status& status) {
      const shim::v1::Generation* found = Find(status, 1);
      return found != nullptr && found->weight() == 1000;
    });
    ASSERT_TRUE(flipped.ok()) << flipped.status();
    round->told = told->at;
    round->asked = asked->at;
    const shim::v1::GenerationTimes& times = Find(flipped->status, 1)->times();
    round->begun =
        absl::Nanoseconds(static_cast<int64_t>(times.flip_began_ns()));
    round->flipped =
        absl::Nanoseconds(static_cast<int64_t>(times.flip_ended_ns()));
  }

  // Each failure is of the one request that a killed one was answering.
  void ExpectNothingElseLost() {
    load_->Stop();
    MutexLock lock(&mutex_);
    std::vector<int> lost(rounds_.size());
    for (const Failure& failure : failures_) {
      SCOPED_TRACE(failure.answer.detail);
      EXPECT_NE(failure.answer.outcome, load::Outcome::kRefused);
      EXPECT_NE(failure.answer.outcome, load::Outcome::kTimedOut);
      EXPECT_NE(failure.answer.outcome, load::Outcome::kBadAnswer);
      // Begun before its death: the first that came after.
      auto round = std::find_if(
          rounds_.begin(), rounds_.end(),
          [&](const Round& each) { return failure.began < each.told; });
      ASSERT_NE(round, rounds_.end()) << "begun after the last death";
      EXPECT_LE(++lost[round - rounds_.begin()], 1);
    }
  }

  void Print() {
    const load::LoadResult result = load_->Result();
    Spread whole, told, asked, begun, flipped;
    for (const Round& round : rounds_) {
      whole.Add(round.flipped - round.killed);
      told.Add(round.told - round.killed);
      asked.Add(round.asked - round.told);
      begun.Add(round.begun - round.asked);
      flipped.Add(round.flipped - round.begun);
    }
    absl::PrintF("%d switch-backs, us         median       p99\n",
                 rounds_.size());
    auto row = [](const char* name, const Spread& spread) {
      absl::PrintF("%-24s%9.0f%10.0f\n", name,
                   absl::ToDoubleMicroseconds(spread.median()),
                   absl::ToDoubleMicroseconds(spread.p99()));
    };
    row("kill to flip", whole);
    row("  kill to agent", told);
    row("  agent decides", asked);
    row("  agent to shim", begun);
    row("  flip", flipped);
    row("bare pidfd, setsockopt", bare_);
    absl::PrintF("ratio: median %.1f, p99 %.1f\n",
                 absl::FDivDuration(whole.median(), bare_.median()),
                 absl::FDivDuration(whole.p99(), bare_.p99()));
    absl::PrintF(
        "%d requests of %d clients, %d lost, longest good one %.1f ms\n",
        result.total(), kClients, result.failed(),
        absl::ToDoubleMilliseconds(result.Latency(1)));
  }

  std::unique_ptr<WatchedShims> watched_;
  const load::Protocol protocol_ = load::Http("/");
  Mutex mutex_;
  CondVar answered_;
  std::vector<Failure> failures_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int64_t> answers_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<load::ConnectionLoad> load_;
  std::mt19937 random_{3};
  std::vector<Round> rounds_;
  Spread bare_;
};

TEST_F(SwitchBackTest, LosesOnlyWhatTheDeadOneWasAnswering) {
  int times = 20;
  const char* asked = getenv("ROLLOUT_SWITCH_BACKS");
  ASSERT_TRUE(asked == nullptr || absl::SimpleAtoi(asked, &times));
  Send({{MakeRevision(0), 1000}}, 0);
  ExpectOnly("R0");
  StartLoad();
  if (HasFatalFailure()) return;
  for (int number = 1; number <= times; ++number) {
    SwapAndKill(number);
    if (HasFailure()) return;
    auto bare = BareSwitchBack(Python(kBareServer));
    ASSERT_TRUE(bare.ok()) << bare.status();
    bare_.Add(*bare);
  }
  ExpectNothingElseLost();
  Print();
}

}  // namespace
}  // namespace rollout::bench
