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

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/resources/control_groups.h"
#include "base/file_system.h"
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
  return BringUpLoopback();
}

// A control group of our own, below which the agents make theirs.
std::string MakeControlGroup() {
  PosixFileSystem files;
  auto group = agent::PrepareControlGroups(
      files, absl::StrCat("rollout-e2e-", getpid()));
  if (!group.ok()) std::cerr << group.status() << ": none is used\n";
  return group.value_or("");
}

void EnterControlGroup(const std::string& path) {
  if (!path.empty()) std::ofstream(path + "/cgroup.procs") << "0\n";
}

// All that was made below is empty.
void RemoveControlGroup(const std::string& path) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    if (entry.is_directory(ignored)) RemoveControlGroup(entry.path());
  }
  rmdir(path.c_str());
}

}  // namespace

int RunIsolated(const std::function<int()>& body) {
  if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) != 0) {
    Failed("unshare (the end-to-end tests need root)");
    return 1;
  }
  const std::string group = MakeControlGroup();
  pid_t child = fork();
  if (child < 0) {
    Failed("fork");
    return 1;
  }
  if (child == 0) {
    EnterControlGroup(group);
    _exit(Prepare() ? body() : 1);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 1;
  // Process 1 has taken all others with it.
  RemoveControlGroup(group);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace rollout::e2e
