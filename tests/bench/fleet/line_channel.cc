// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/line_channel.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace rollout::bench {

absl::Status LineChannel::Send(absl::string_view line) {
  const std::string text = absl::StrCat(line, "\n");
  size_t sent = 0;
  while (sent < text.size()) {
    ssize_t count = send(socket_.get(), text.data() + sent, text.size() - sent,
                         MSG_NOSIGNAL);
    if (count < 0) return absl::ErrnoToStatus(errno, "send to a process");
    sent += count;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> LineChannel::Receive() {
  for (;;) {
    if (size_t end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    char buffer[4096];
    ssize_t count = recv(socket_.get(), buffer, sizeof buffer, 0);
    if (count <= 0) {
      return absl::UnavailableError("a process of the benchmark has ended");
    }
    received_.append(buffer, count);
  }
}

absl::StatusOr<std::string> LineChannel::Ask(absl::string_view line) {
  RETURN_IF_ERROR(Send(line));
  ASSIGN_OR_RETURN(std::string answer, Receive());
  if (!absl::StartsWith(answer, "error ")) return answer;
  return absl::InternalError(absl::StrCat(line, ": ", answer));
}

absl::StatusOr<std::unique_ptr<ForkedProcess>> ForkedProcess::Start(
    const std::function<void(LineChannel&)>& body) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  UniqueFd ours(pair[0]), theirs(pair[1]);
  pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ours.reset();
    LineChannel channel(std::move(theirs));
    body(channel);
    _exit(0);
  }
  return absl::WrapUnique(new ForkedProcess(pid, std::move(ours)));
}

ForkedProcess::~ForkedProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace rollout::bench
