// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/keeper.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/time/time.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

// One that is lost sooner is not tried again at once; and later and later if it
// did not even get as far as to keep a state of its own.
constexpr absl::Duration kGoodLife = absl::Seconds(1);
constexpr absl::Duration kShortestPause = absl::Milliseconds(10);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr absl::Duration kLongestPauseOfSaved = absl::Milliseconds(100);

// As fork(2), with the descriptors in common.
pid_t ForkSharing() {
  return static_cast<pid_t>(
      syscall(SYS_clone, CLONE_FILES | SIGCHLD, nullptr, nullptr, nullptr, 0));
}

// Tells how others end until `shim` does. A record is there before its process
// is gone for good, so none can miss both.
int AwaitEnd(pid_t shim, Endings& endings, int told) {
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) != 0) {
      CHECK(errno == EINTR);
      continue;
    }
    int status;
    if (info.si_pid != shim) {
      endings.Tell({info.si_pid, WaitStatusOf(info)});
      const uint64_t one = 1;
      (void)!write(told, &one, sizeof one);
    }
    waitpid(info.si_pid, &status, 0);
    if (info.si_pid == shim) return status;
  }
}

// How long to wait before the next try.
class Patience {
 public:
  // After a shim that has lived so long, and kept a state of its own or not.
  absl::Duration After(absl::Duration life, bool has_saved) {
    pause_ = life >= kGoodLife
                 ? absl::ZeroDuration()
                 : std::clamp(2 * pause_, kShortestPause,
                              has_saved ? kLongestPauseOfSaved : kLongestPause);
    return pause_;
  }

 private:
  absl::Duration pause_;
};

void BecomeKeeper() {
  // Whatever a shim leaves behind becomes ours; signals are not for us.
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  prctl(PR_SET_NAME, "rollout-keeper", 0, 0, 0);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  // Inherited as ignored it would have nobody's end told.
  signal(SIGCHLD, SIG_DFL);
}

// The wait status it ended with.
int RunShim(const Kept& kept, const KeeperTasks& tasks) {
  const pid_t shim = ForkSharing();
  if (shim == 0) {
    prctl(PR_SET_NAME, "rollout-shim", 0, 0, 0);
    _exit(tasks.work(kept));
  }
  if (shim > 0) return AwaitEnd(shim, kept.memory.endings, kept.endings);
  LogError("cannot start a shim: ", std::strerror(errno));
  constexpr int kExitedWith1 = 1 << 8;
  return kExitedWith1;
}

}  // namespace

int WaitStatusOf(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
  return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

int Keep(KeptMemory& memory, const KeeperTasks& tasks) {
  const UniqueFd told(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!told.valid()) return 1;
  BecomeKeeper();
  Kept kept{memory, getpid(), told.get(), 0};
  Patience patience;
  for (;;) {
    const absl::Duration began = SystemClock().Uptime();
    const uint64_t saves = memory.saves();
    const int status = RunShim(kept, tasks);
    const bool exited = WIFEXITED(status);
    const bool has_ended = exited && WEXITSTATUS(status) == 0;
    // Without a state there is nothing to go on with.
    if (has_ended || memory.saves() == 0) {
      return exited ? WEXITSTATUS(status) : 1;
    }
    if (exited && WEXITSTATUS(status) == kGoOnInNext) {
      tasks.go_on_in_next();
      continue;
    }
    ++kept.losses;
    const absl::Duration pause =
        patience.After(SystemClock().Uptime() - began, memory.saves() != saves);
    LogError("the shim is lost (wait status ", status,
             "): another one goes on, ", absl::ToInt64Milliseconds(pause),
             " ms later");
    poll(nullptr, 0, static_cast<int>(absl::ToInt64Milliseconds(pause)));
    tasks.on_lost(kept.losses);
  }
}

}  // namespace rollout::shim
