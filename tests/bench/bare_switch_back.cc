// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/bare_switch_back.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/scheduling.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"
#include "tests/bench/bare_group.h"

namespace rollout::bench {
namespace {

// Runs until it is killed.
absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe");
  UniqueFd reader(ends[0]), writer(ends[1]);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, writer.get(), STDOUT_FILENO);
  std::vector<char*> words;
  for (const std::string& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
  }
  words.push_back(nullptr);
  pid_t pid;
  const int error =
      posix_spawn(&pid, words[0], &files, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return absl::ErrnoToStatus(error, command[0]);
  writer.reset();
  char byte;
  if (read(reader.get(), &byte, 1) != 1) {
    waitpid(pid, nullptr, 0);
    return absl::UnavailableError(command[0] + " ended before it was ready");
  }
  return pid;
}

absl::StatusOr<absl::Duration> KillAndSwitch(pid_t pid) {
  const SystemClock clock;
  BareGroup group;
  RETURN_IF_ERROR(group.LeadTo(1));
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return absl::ErrnoToStatus(errno, "pidfd_open");
  pollfd waited{pidfd.get(), POLLIN, 0};
  const absl::Duration killed = clock.Uptime();
  kill(pid, SIGKILL);
  while (poll(&waited, 1, -1) < 0 && errno == EINTR) {
  }
  RETURN_IF_ERROR(group.LeadTo(0));
  return clock.Uptime() - killed;
}

}  // namespace

absl::StatusOr<absl::Duration> BareSwitchBack(
    std::vector<std::string> command) {
  ASSIGN_OR_RETURN(pid_t pid, Spawn(command));
  absl::StatusOr<absl::Duration> took = absl::InternalError("not measured");
  // Like the threads of agent and shim.
  std::thread([&] {
    RunAhead();
    took = KillAndSwitch(pid);
  }).join();
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return took;
}

}  // namespace rollout::bench
