// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/service_process.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/e2e/wait_until.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(10);

// Calls `visit` with a duplicate of each of its descriptors until that returns
// false.
void VisitDescriptors(pid_t pid, const std::function<bool(UniqueFd)>& visit) {
  UniqueFd process(syscall(SYS_pidfd_open, pid, 0));
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(
           absl::StrCat("/proc/", pid, "/fd"), ignored)) {
    UniqueFd fd(syscall(SYS_pidfd_getfd, process.get(),
                        std::stoi(entry.path().filename().string()), 0));
    if (fd.valid() && !visit(std::move(fd))) return;
  }
}

bool Listens(int fd) {
  int yes = 0;
  socklen_t size = sizeof yes;
  return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

bool IsConnection(int fd) {
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
         (peer.ss_family == AF_INET || peer.ss_family == AF_INET6);
}

// "42 (python3) T 1 ...": the letter after the last ")".
char StateOf(pid_t pid) {
  std::string text;
  std::getline(std::ifstream(absl::StrCat("/proc/", pid, "/stat")), text);
  const size_t end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ? '?'
                                                            : text[end + 2];
}

}  // namespace

absl::StatusOr<pid_t> FindProcess(absl::string_view program) {
  for (const auto& process : std::filesystem::directory_iterator("/proc")) {
    std::error_code gone;
    const std::filesystem::path path =
        std::filesystem::read_symlink(process.path() / "exe", gone);
    pid_t pid;
    // The keeper of a shim is run from the same file.
    std::string name;
    std::getline(std::ifstream(process.path() / "comm"), name);
    if (!gone && path.filename().string() == std::string(program) &&
        absl::StartsWith(program, name) &&
        absl::SimpleAtoi(process.path().filename().string(), &pid)) {
      return pid;
    }
  }
  return absl::NotFoundError(absl::StrCat("no ", program, " runs"));
}

pid_t ParentOf(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    absl::string_view value = line;
    pid_t parent;
    if (absl::ConsumePrefix(&value, "PPid:") &&
        absl::SimpleAtoi(value, &parent)) {
      return parent;
    }
  }
  return 0;
}

UniqueFd TakeListener(pid_t pid) {
  UniqueFd listener;
  VisitDescriptors(pid, [&](UniqueFd fd) {
    if (Listens(fd.get())) listener = std::move(fd);
    return !listener.valid();
  });
  return listener;
}

int Queued(int listener) {
  tcp_info info{};
  socklen_t size = sizeof info;
  getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_unacked;
}

int CountAccepted(pid_t pid) {
  int count = 0;
  VisitDescriptors(pid, [&](UniqueFd fd) {
    count += IsConnection(fd.get());
    return true;
  });
  return count;
}

void Freeze(pid_t pid) {
  kill(pid, SIGSTOP);
  WaitUntil(kLimit, [pid] { return StateOf(pid) == 'T'; });
}

}  // namespace rollout::e2e
