// SPDX-License-Identifier: Apache-2.0

#include "base/scheduling.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

namespace rollout {
namespace {

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

}  // namespace
}  // namespace rollout
