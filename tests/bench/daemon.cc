// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/daemon.h"

#include <signal.h>
#include <sys/wait.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {

pid_t ReadPid(const std::string& path) {
  pid_t pid = 0;
  std::ifstream(path) >> pid;
  return pid;
}

bool HasEnded(pid_t pid) {
  waitpid(pid, nullptr, WNOHANG);
  return kill(pid, 0) != 0;
}

bool HasChildren(pid_t pid, pid_t except) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/task/", pid, "/children"));
  for (pid_t child; file >> child;) {
    if (child != except) return true;
  }
  return false;
}

void EndDaemon(pid_t pid, int signal) {
  if (pid == 0) return;
  kill(pid, signal);
  auto ended = [pid] { return HasEnded(pid); };
  if (programs::WatchFor(ended)) return;
  kill(pid, SIGKILL);
  programs::WatchFor(ended);
}

}  // namespace rollout::bench
