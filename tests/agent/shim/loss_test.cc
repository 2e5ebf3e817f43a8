// SPDX-License-Identifier: Apache-2.0
//
// kill -9 of the shim, whatever it is about: another one goes on, and nobody
// notices.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/shim/flip_fixture.h"
#include "tests/agent/shim/http_load.h"
#include "tests/agent/shim/programs.h"
#include "tests/agent/shim/shim_fixture.h"

namespace rollout::shim {
namespace {

class LossTest : public FlipTest {
 protected:
  void Serve(const v1::StartRequest& request) {
    absl::Status started = Start(request);
    ASSERT_TRUE(started.ok()) << started;
    ASSERT_TRUE(AwaitReady(request.generation()));
    ASSERT_TRUE(SetWeights({{request.generation(), 1000}}).ok());
  }

  // Kills the next one, too, as soon as it has come that far.
  void LoseSeveral(int count) {
    for (int i = 0; i < count; ++i) ASSERT_NO_FATAL_FAILURE(LoseShim());
  }
};

TEST_F(LossTest, NoClientNotices) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  const pid_t service = State(1).pid();
  HttpLoad load(port_, 4);
  ASSERT_NO_FATAL_FAILURE(LoseSeveral(10));
  const int before = load.done();
  EXPECT_TRUE(Eventually([&] { return load.done() >= before + 100; }));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_EQ(State(1).pid(), service);
  EXPECT_EQ(State().losses(), 10u);
}

TEST_F(LossTest, TheNextSwapIsAsEver) {
  ASSERT_NO_FATAL_FAILURE(Serve(HttpServer(1)));
  HttpLoad load(port_, 4);
  for (uint64_t next = 2; next < 6; ++next) {
    SCOPED_TRACE(next);
    ASSERT_NO_FATAL_FAILURE(LoseShim());
    ASSERT_TRUE(Start(HttpServer(next)).ok());
    ASSERT_TRUE(AwaitReady(next)) << State(next).problem();
    ASSERT_NO_FATAL_FAILURE(LoseShim());
    ASSERT_TRUE(SetWeights({{next, 1000}}).ok());
    ASSERT_NO_FATAL_FAILURE(LoseShim());
    ASSERT_TRUE(Drain(next - 1).ok());
    ASSERT_NO_FATAL_FAILURE(LoseShim());
    ASSERT_TRUE(AwaitEnded(next - 1));
    const v1::Generation old = State(next - 1);
    EXPECT_TRUE(WIFSIGNALED(old.exit_status()) &&
                WTERMSIG(old.exit_status()) == SIGTERM)
        << old.exit_status();
    EXPECT_FALSE(old.exit_untold());
    EXPECT_EQ(old.connections_cut(), 0u);
    ASSERT_TRUE(Forget(next - 1).ok());
  }
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

TEST_F(LossTest, WeightsAndMarksStay) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_TRUE(Start(Program(3, Server())).ok());
  ASSERT_TRUE(AwaitReady(3));
  ASSERT_TRUE(SetWeights({{1, 500}, {2, 500}}).ok());
  ASSERT_NO_FATAL_FAILURE(LoseShim());
  EXPECT_EQ(State(1).weight(), 500u);
  EXPECT_EQ(State(2).weight(), 500u);
  std::map<std::string, int> answers;
  for (int i = 0; i < 200; ++i) ++answers[Get(port_)];
  EXPECT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers.count("generation 3"), 0u);
  EXPECT_EQ(Get(port_, State(3).mark()), "generation 3");
  // The first of the group leaves: the others' places change.
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(Kill(1).ok());
  ASSERT_TRUE(AwaitEnded(1));
  ASSERT_NO_FATAL_FAILURE(LoseShim());
  for (int i = 0; i < 50; ++i) ASSERT_EQ(Get(port_), "generation 2");
  EXPECT_EQ(Get(port_, State(3).mark()), "generation 3");
}

TEST_F(LossTest, ADrainGoesOn) {
  ASSERT_NO_FATAL_FAILURE(Flip(Program(1, Server()), Program(2, Server())));
  ASSERT_TRUE(Drain(1).ok());
  ASSERT_NO_FATAL_FAILURE(LoseSeveral(3));
  EXPECT_TRUE(State(1).draining());
  EXPECT_NE(State(1).pid(), 0);
  EXPECT_THAT(Finish(held_), testing::EndsWith("generation 1"));
  held_.reset();
  EXPECT_TRUE(AwaitEnded(1));
  EXPECT_FALSE(State(1).killed());
  EXPECT_EQ(State(1).connections_carried(), 1u);
}

TEST_F(LossTest, ItsDeadlineStays) {
  ASSERT_NO_FATAL_FAILURE(
      Flip(Program(1, std::string(kPrelude) +
                          "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                          "serve(listener())\n"),
           Program(2, Server())));
  const uint64_t began = absl::ToUnixNanos(absl::Now());
  ASSERT_TRUE(Drain(1, absl::ZeroDuration(), absl::Milliseconds(1500)).ok());
  ASSERT_NO_FATAL_FAILURE(LoseShim());
  EXPECT_TRUE(AwaitEnded(1));
  EXPECT_GE(absl::ToUnixNanos(absl::Now()) - began, 1400000000);
  EXPECT_TRUE(State(1).killed());
}

TEST_F(LossTest, HeldClientsStayHeld) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  v1::Request hold;
  hold.mutable_hold();
  ASSERT_TRUE(Send(hold).ok());
  ASSERT_TRUE(Drain(1).ok());
  HttpLoad load(port_, 4);
  ASSERT_NO_FATAL_FAILURE(LoseSeveral(3));
  EXPECT_TRUE(State().holding());
  ASSERT_TRUE(AwaitEnded(1));
  ASSERT_NO_FATAL_FAILURE(LoseShim());
  ASSERT_NO_FATAL_FAILURE(Serve(Program(2, Server())));
  EXPECT_TRUE(Eventually([&] { return load.done() >= 20; }));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

// The service binds while there is no shim.
TEST_F(LossTest, ABindWaitsForTheNext) {
  const std::string go = directory_ + "/go";
  ASSERT_TRUE(
      Start(Program(1, absl::StrCat(kPrelude, "while not os.path.exists('", go,
                                    "'): time.sleep(0.001)\n",
                                    "serve(listener())\n")))
          .ok());
  const pid_t shim = State().pid();
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  WriteFile("go", "");
  // It waits in its bind(2).
  ASSERT_TRUE(Eventually([&] {
    return ReadFile(absl::StrCat("/proc/", State(1).pid(), "/syscall"))
               .substr(0, 3) == "49 ";
  }));
  ASSERT_EQ(kill(shim, SIGKILL), 0);
  Open();
  EXPECT_TRUE(AwaitReady(1)) << State(1).problem();
}

TEST_F(LossTest, ADeathMeanwhileIsTold) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  const pid_t service = State(1).pid(), shim = State().pid();
  ASSERT_EQ(kill(shim, SIGSTOP), 0);
  ASSERT_EQ(kill(service, SIGSEGV), 0);
  ASSERT_EQ(kill(shim, SIGKILL), 0);
  Open();
  EXPECT_TRUE(Await(1, [](const v1::Generation& g) { return g.pid() == 0; }));
  EXPECT_TRUE(WIFSIGNALED(State(1).exit_status()) &&
              WTERMSIG(State(1).exit_status()) == SIGSEGV)
      << State(1).exit_status();
  // Clients wait for the next one.
  HttpLoad load(port_, 4);
  ASSERT_NO_FATAL_FAILURE(LoseShim());
  ASSERT_NO_FATAL_FAILURE(Serve(Program(2, Server())));
  EXPECT_TRUE(Eventually([&] { return load.done() >= 20; }));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

// It writes for as long as shims are lost.
TEST_F(LossTest, NoLineIsLostTornOrToldTwice) {
  const std::string enough = directory_ + "/enough";
  ASSERT_TRUE(Start(Program(1, absl::StrCat(kPrelude, R"(
i = 0
while i % 1000 or not os.path.exists(")",
                                            enough, R"("):
    os.write(1, b"line %d " % i + b"x" * (i % 300) + b"\n")
    i += 1
os.write(1, b"last\n")
serve(listener())
)")))
                  .ok());
  const auto written = [this]() -> uint64_t {
    std::error_code none_yet;
    const auto size = std::filesystem::file_size(OutputPath(), none_yet);
    return none_yet ? 0 : size;
  };
  for (int losses = 0; losses < 8; ++losses) {
    ASSERT_NO_FATAL_FAILURE(LoseShim());
    // Each gets a little further.
    const uint64_t at_loss = written();
    ASSERT_TRUE(Eventually([&] { return written() > at_loss; }));
  }
  WriteFile("enough", "");
  ASSERT_TRUE(Eventually([&] { return State(1).all_endpoints_listen(); }));
  // Hundreds of megabytes, of a fast program: not to be read at every look.
  const std::string end = " last\n";
  std::ifstream file(OutputPath());
  ASSERT_TRUE(Eventually([&] {
    std::string read(end.size(), ' ');
    file.clear();
    file.seekg(-static_cast<int>(end.size()), std::ios::end);
    file.read(&read[0], read.size());
    return read == end;
  }));
  file.seekg(0);
  std::string line;
  int i = 0;
  while (std::getline(file, line) && !absl::EndsWith(line, " last")) {
    ASSERT_EQ(line, absl::StrCat(i + 1, " 1 line ", i, " ",
                                 std::string(i % 300, 'x')));
    ++i;
  }
  EXPECT_EQ(line, absl::StrCat(i + 1, " 1 last"));
  EXPECT_EQ(i % 1000, 0);
  EXPECT_GT(i, 0);
  EXPECT_EQ(State().lost_output_lines(), 0u);
}

// Then the shim goes on as a keeper, of another shim.
TEST_F(LossTest, TheKeeperMayBeLost) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  HttpLoad load(port_, 4);
  for (int i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    const pid_t keeper = State().keeper_pid(), shim = State().pid();
    ASSERT_EQ(kill(keeper, SIGKILL), 0);
    ASSERT_TRUE(Eventually([&] { return State().keeper_pid() == shim; }));
    ASSERT_NO_FATAL_FAILURE(LoseShim());
    EXPECT_EQ(State().keeper_pid(), shim);
  }
  ASSERT_TRUE(Start(Program(2, Server())).ok());
  ASSERT_TRUE(AwaitReady(2));
  ASSERT_TRUE(SetWeights({{2, 1000}}).ok());
  ASSERT_TRUE(Drain(1).ok());
  EXPECT_TRUE(AwaitEnded(1));
  load.Stop();
  EXPECT_EQ(load.failures(), "");
}

// Each leaves what it had taken to the next one, and nothing else.
TEST_F(LossTest, NothingPilesUp) {
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  auto open_files = [&] {
    auto names =
        file_system_.List(absl::StrCat("/proc/", State().pid(), "/fd"));
    return names.ok() ? names->size() : 0;
  };
  ASSERT_NO_FATAL_FAILURE(LoseShim());
  const size_t before = open_files();
  ASSERT_NO_FATAL_FAILURE(LoseSeveral(20));
  EXPECT_EQ(open_files(), before);
}

// Kills the shim again and again, at any instruction, while swaps are driven
// on: what was lost with it is asked again.
class AtAnyMomentTest : public LossTest {
 protected:
  // At random, up to 20 ms apart: further each time, until a swap is done. A
  // machine on which a program takes longer to come gets that far at last.
  void BeginKilling() {
    killer_ = std::thread([this] {
      std::mt19937 random(std::random_device{}());
      while (!stopping_) {
        const int tries = killed_ - killed_before_swap_;
        const absl::Duration longest = absl::Milliseconds(20 + tries * 2);
        absl::SleepFor(longest * (random() % 1000) / 1000);
        MutexLock lock(&calm_);
        const pid_t shim = State().pid();
        if (lost() || ReadFile(absl::StrCat("/proc/", shim, "/comm")) !=
                          "rollout-shim\n") {
          continue;
        }
        killed_ += kill(shim, SIGKILL) == 0;
        last_killed_ = shim;
      }
    });
  }
  void EndKilling() {
    stopping_ = true;
    killer_.join();
    EXPECT_TRUE(Eventually([&] { return kill(last_killed_, 0) != 0; }));
    Open();
  }

  void Reconnect() {
    if (!lost()) return;
    MutexLock lock(&calm_);
    Open();
  }

  bool AwaitThat(const std::function<bool()>& condition) {
    return Eventually([&] {
      Reconnect();
      return condition();
    });
  }

  // Asks until it is so. Refused: it was done before the answer was lost.
  void Insist(const v1::Request& request, const std::function<bool()>& is_so) {
    EXPECT_TRUE(AwaitThat([&] {
      if (is_so()) return true;
      Send(request).IgnoreError();
      return false;
    })) << request.id();
  }

  void Swap(uint64_t next) {
    killed_before_swap_ = killed_.load();
    v1::Request start, weights, drain, forget;
    *start.mutable_start() = Program(next, Server());
    Insist(start, [&] { return State(next).pid() != 0; });
    ASSERT_TRUE(AwaitThat([&] { return State(next).all_endpoints_listen(); }))
        << State(next).problem();
    weights.mutable_set_weights()->add_weights()->set_generation(next);
    weights.mutable_set_weights()->mutable_weights(0)->set_permille(1000);
    Insist(weights, [&] { return State(next).weight() == 1000; });
    drain = DrainRequest(next - 1, absl::Seconds(10), absl::Seconds(20));
    Insist(drain,
           [&] { return State(next - 1).times().drain_began_ns() != 0; });
    ASSERT_TRUE(AwaitThat([&] { return State(next - 1).ended(); }));
    const v1::Generation old = State(next - 1);
    EXPECT_TRUE(WIFSIGNALED(old.exit_status()) &&
                WTERMSIG(old.exit_status()) == SIGTERM)
        << old.exit_status();
    EXPECT_EQ(old.connections_cut(), 0u);
    forget.mutable_forget()->set_generation(next - 1);
    Insist(forget, [&] { return State(next - 1).number() == 0; });
  }

  std::thread killer_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> killed_{0}, killed_before_swap_{0};
  std::atomic<pid_t> last_killed_{0};
  // Held while a shim is killed, and while the next one is connected to.
  Mutex calm_;
};

TEST_F(AtAnyMomentTest, NoClientNotices) {
  constexpr uint64_t kSwaps = 12;
  ASSERT_NO_FATAL_FAILURE(Serve(Program(1, Server())));
  HttpLoad load(port_, 3);
  BeginKilling();
  for (uint64_t next = 2; next < 2 + kSwaps; ++next) {
    SCOPED_TRACE(next);
    Swap(next);
    if (HasFailure()) break;
  }
  EndKilling();
  load.Stop();
  EXPECT_EQ(load.failures(), "");
  EXPECT_GT(killed_, 20);
  RecordProperty("losses", killed_);
}

}  // namespace
}  // namespace rollout::shim
