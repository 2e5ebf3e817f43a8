// SPDX-License-Identifier: Apache-2.0

#include "base/scheduling.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>
#include <thread>

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

// A child in a session of its own that has called BeginHeadStart and `prepare`,
// and waits; ends with this.
class Starter {
 public:
  explicit Starter(const std::function<void()>& prepare = [] {}) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd told(ends[0]);
    UniqueFd tells(ends[1]);
    pid_ = fork();
    if (pid_ == 0) {
      setsid();
      BeginHeadStart();
      prepare();
      const int of_child = NiceOfChild();
      if (write(tells.get(), &of_child, sizeof of_child) > 0) pause();
      _exit(1);
    }
    tells.reset();
    EXPECT_EQ(read(told.get(), &nice_of_child_, sizeof nice_of_child_),
              static_cast<ssize_t>(sizeof nice_of_child_));
  }
  ~Starter() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  int nice() const { return getpriority(PRIO_PROCESS, pid_); }
  int nice_of_child() const { return nice_of_child_; }
  // "" where the kernel has no such thing.
  std::string session() const {
    std::ifstream file(absl::StrCat("/proc/", pid_, "/autogroup"));
    std::string line;
    std::getline(file, line);
    return line;
  }

 private:
  pid_t pid_ = 0;
  int nice_of_child_ = -1;
};

TEST(HeadStart, IsOfTheProcessAndItsSessionUntilItEnds) {
  Starter starter;
  if (starter.nice() == 0) GTEST_SKIP() << "not granted";
  EXPECT_EQ(starter.nice(), -10);
  EXPECT_EQ(starter.nice_of_child(), 0);
  const bool has_session = !starter.session().empty();
  if (has_session) {
    EXPECT_THAT(starter.session(), EndsWith(" nice -10"));
  }
  EndHeadStart(starter.pid());
  EXPECT_EQ(starter.nice(), 0);
  if (has_session) {
    EXPECT_THAT(starter.session(), EndsWith(" nice 0"));
  }
}

TEST(HeadStart, LeavesWhatTheProgramHasChosen) {
  Starter starter([] { setpriority(PRIO_PROCESS, 0, 5); });
  EndHeadStart(starter.pid());
  EXPECT_EQ(starter.nice(), 5);
}

}  // namespace
}  // namespace rollout
