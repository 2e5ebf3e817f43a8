// SPDX-License-Identifier: Apache-2.0

#include "base/scheduling.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollout {
namespace {

using ::testing::EndsWith;

int Nice() { return getpriority(PRIO_PROCESS, 0); }

// What a child of the calling thread runs at.
int NiceOfChild() {
  const pid_t child = fork();
  if (child == 0) _exit(Nice() + 20);
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status) - 20;
}

TEST(RunAhead, IsForTheCallingThreadAlone) {
  const int usual = Nice();
  std::thread thread([usual] {
    RunAhead();
    if (Nice() == usual) return;  // not granted
    EXPECT_EQ(Nice(), -10);
    EXPECT_EQ(NiceOfChild(), 0);
    int of_thread = 0;
    std::thread([&of_thread] { of_thread = Nice(); }).join();
    EXPECT_EQ(of_thread, 0);
    RunAhead();
    EXPECT_EQ(Nice(), -10);
  });
  thread.join();
  EXPECT_EQ(Nice(), usual);
}

TEST(RunAhead, LeavesAnotherPolicyAlone) {
  std::thread([] {
    const sched_param none{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_BATCH, &none), 0);
    RunAhead();
    EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
  }).join();
}

// A child in a session of its own that has called BeginHeadStart, and waits;
// ends with this.
class Starter {
 public:
  Starter() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd told(ends[0]);
    UniqueFd tells(ends[1]);
    pid_ = fork();
    if (pid_ == 0) {
      setsid();
      BeginHeadStart(getpid());
      if (write(tells.get(), "x", 1) > 0) pause();
      _exit(1);
    }
    tells.reset();
    char begun;
    EXPECT_EQ(read(told.get(), &begun, 1), 1);
  }
  ~Starter() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  int nice() const { return getpriority(PRIO_PROCESS, pid_); }
  // "" where the kernel has no such thing.
  std::string session() const {
    std::ifstream file(absl::StrCat("/proc/", pid_, "/autogroup"));
    std::string line;
    std::getline(file, line);
    return line;
  }

 private:
  pid_t pid_ = 0;
};

TEST(HeadStart, IsOfTheSessionUntilItEnds) {
  Starter starter;
  const int usual = Nice();
  if (starter.session().empty()) GTEST_SKIP() << "no autogroup";
  if (absl::EndsWith(starter.session(), " nice 0")) {
    GTEST_SKIP() << "not granted";
  }
  EXPECT_THAT(starter.session(), EndsWith(" nice -10"));
  EXPECT_EQ(starter.nice(), usual);
  EXPECT_TRUE(EndHeadStart(starter.pid()));
  EXPECT_THAT(starter.session(), EndsWith(" nice 0"));
}

}  // namespace
}  // namespace rollout
