// SPDX-License-Identifier: Apache-2.0

#include "base/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout {
namespace {

// posix_spawn's two argument structures, with our one way of starting.
class Spawn {
 public:
  Spawn() {
    CHECK(posix_spawn_file_actions_init(&actions_) == 0);
    CHECK(posix_spawnattr_init(&attributes_) == 0);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // Returns the pid. The child writes to `output`, which stays the caller's.
  absl::StatusOr<pid_t> Start(const Command& command, int output) {
    posix_spawn_file_actions_addopen(&actions_, 0, command.input.c_str(),
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    posix_spawn_file_actions_adddup2(&actions_, output, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP |
                                               POSIX_SPAWN_SETSIGDEF |
                                               POSIX_SPAWN_SETSIGMASK);
    pid_t pid = 0;
    int error = posix_spawn(&pid, command.arguments[0].c_str(), &actions_,
                            &attributes_, Pointers(command.arguments).data(),
                            Pointers(command.environment).data());
    if (error != 0) {
      return absl::ErrnoToStatus(
          error, absl::StrCat("cannot start ", command.arguments[0]));
    }
    return pid;
  }

 private:
  static std::vector<char*> Pointers(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (const std::string& string : strings) {
      pointers.push_back(const_cast<char*>(string.c_str()));
    }
    pointers.push_back(nullptr);
    return pointers;
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// One read, so that a command that never stops writing can't hold us. False:
// there was nothing, or there will be no more.
bool ReadOutput(int pipe, size_t limit, std::string* output) {
  char buffer[4096];
  ssize_t got = read(pipe, buffer, sizeof buffer);
  if (got <= 0) return false;
  output->append(buffer, std::min<size_t>(got, limit - output->size()));
  return true;
}

int MillisecondsUntil(absl::Duration deadline) {
  if (deadline == absl::InfiniteDuration()) return -1;
  absl::Duration left =
      absl::Ceil(deadline - SystemClock().Uptime(), absl::Milliseconds(1));
  return std::clamp<int64_t>(left / absl::Milliseconds(1), 0, 1 << 30);
}

// Reads the output until the command ends or must be ended.
CommandResult::End Await(const Command& command, int pidfd, int pipe,
                         std::string* output) {
  const absl::Duration deadline = SystemClock().Uptime() + command.timeout;
  pollfd fds[] = {
      {pidfd, POLLIN, 0}, {command.cancel_fd, POLLIN, 0}, {pipe, POLLIN, 0}};
  for (;;) {
    int ready = poll(fds, 3, MillisecondsUntil(deadline));
    if (ready == 0) return CommandResult::End::kTimedOut;
    if (ready < 0) continue;  // EINTR
    if (fds[0].revents != 0) return CommandResult::End::kExited;
    if (fds[1].revents != 0) return CommandResult::End::kCancelled;
    // At its end the pipe stays readable; poll passes over a negative one.
    if (!ReadOutput(pipe, command.output_limit, output)) fds[2].fd = -1;
  }
}

}  // namespace

absl::StatusOr<CommandResult> RunCommand(const Command& command) {
  CHECK(!command.arguments.empty());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a pipe");
  }
  UniqueFd pipe(ends[0]);
  UniqueFd child_end(ends[1]);
  fcntl(pipe.get(), F_SETFL, O_NONBLOCK);
  ASSIGN_OR_RETURN(pid_t pid, Spawn().Start(command, child_end.get()));
  child_end.reset();

  CommandResult result;
  UniqueFd pidfd(syscall(SYS_pidfd_open, pid, 0));
  if (pidfd.valid()) {
    result.end = Await(command, pidfd.get(), pipe.get(), &result.output);
  }
  absl::Status opened = pidfd.valid()
                            ? absl::OkStatus()
                            : absl::ErrnoToStatus(errno, "cannot open a pidfd");
  // Before the wait: until then nobody else can have this process group.
  kill(-pid, SIGKILL);
  while (waitpid(pid, &result.wait_status, 0) < 0 && errno == EINTR) {
  }
  RETURN_IF_ERROR(opened);
  while (result.output.size() < command.output_limit &&
         ReadOutput(pipe.get(), command.output_limit, &result.output)) {
  }
  return result;
}

std::string DescribeWaitStatus(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return absl::StrCat("exited with status ", WEXITSTATUS(wait_status));
  }
  int signal = WTERMSIG(wait_status);
  return absl::StrCat("was killed by signal ", signal, " (", strsignal(signal),
                      ")");
}

}  // namespace rollout
