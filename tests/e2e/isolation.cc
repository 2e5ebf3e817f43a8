// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/isolation.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace rollout::e2e {
namespace {

bool Failed(const char* what) {
  perror(what);
  return false;
}

bool BringUpLoopback() {
  UniqueFd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  return ioctl(any.get(), SIOCSIFFLAGS, &request) == 0 || Failed("loopback up");
}

// In the new process 1.
bool Prepare() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // What we mount is nobody else's business.
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return Failed("mount / private");
  }
  if (mount("proc", "/proc", "proc", 0, nullptr) != 0) {
    return Failed("mount /proc");
  }
  // Memory, as on every Debian.
  if (mount("run", "/run", "tmpfs", 0, "mode=755") != 0) {
    return Failed("mount /run");
  }
  return BringUpLoopback();
}

}  // namespace

int RunIsolated(const std::function<int()>& body) {
  if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) != 0) {
    Failed("unshare (the end-to-end tests need root)");
    return 1;
  }
  pid_t child = fork();
  if (child < 0) {
    Failed("fork");
    return 1;
  }
  if (child == 0) _exit(Prepare() ? body() : 1);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace rollout::e2e
