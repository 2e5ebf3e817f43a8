// SPDX-License-Identifier: Apache-2.0
//
// rollout-shim: the parent of one service's processes. Started by the agent,
// outlives it. Wiring only.
//
//   rollout-shim --service NAME --socket PATH --mark-base N
//
// Goes to the background; exits 0 once it can be talked to at PATH, 1 if it
// can't be, with a line on standard error.

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "agent/shim/control.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/service.h"
#include "base/log.h"
#include "base/scheduling.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

struct Options {
  std::string service;
  std::string socket;
  uint32_t mark_base = 0;
};

bool ReadOptions(int count, char** words, Options* options) {
  for (int i = 1; i + 1 < count; i += 2) {
    std::string name = words[i], value = words[i + 1];
    if (name == "--service") {
      options->service = value;
    } else if (name == "--socket") {
      options->socket = value;
    } else if (name != "--mark-base" ||
               !absl::SimpleAtoi(value, &options->mark_base)) {
      return false;
    }
  }
  return count % 2 == 1 && !options->service.empty() &&
         !options->socket.empty() && options->socket[0] == '/';
}

// All signals but those that tell of our own faults arrive here instead: a
// service may signal its parent (facebookgo/grace sends SIGTERM when ready).
UniqueFd TakeSignals() {
  sigset_t taken;
  sigfillset(&taken);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&taken, fault);
  }
  sigprocmask(SIG_BLOCK, &taken, nullptr);
  return UniqueFd(signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
}

void ReadSignals(int signals, Service& service) {
  signalfd_siginfo info;
  bool child_ended = false;
  while (read(signals, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGCHLD) {
      child_ended = true;
    } else {
      LogInfo("signal ", info.ssi_signo, " of process ", info.ssi_pid,
              ": ignored, a shim ends when the agent asks it to");
    }
  }
  if (child_ended) service.ReapChildren();
}

absl::Status Serve(const Options& options, int ready) {
  EpollLoop loop;
  UniqueFd signals = TakeSignals();
  Service service(options.mark_base, loop);
  RETURN_IF_ERROR(loop.Watch(signals.get(), EPOLLIN, [&](uint32_t) {
    ReadSignals(signals.get(), service);
  }));
  ASSIGN_OR_RETURN(auto control,
                   Control::Create(options.socket, service, loop));
  LogInfo("shim of ", options.service, " (pid ", getpid(), ") serves ",
          options.socket);
  char byte = 0;
  if (write(ready, &byte, 1) != 1) {
    return absl::InternalError("whoever started the shim is gone");
  }
  close(ready);
  loop.Run([&control] { control->PushStatus(); });
  LogInfo("shim of ", options.service, " ends as asked");
  return absl::OkStatus();
}

// In the background: a session of its own, nothing inherited but standard
// error, and a parent to whatever its descendants leave behind.
int RunInBackground(const Options& options, int ready) {
  setsid();
  umask(022);
  RunAhead();
  RunSessionAhead();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (chdir("/") != 0) return 1;
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  absl::Status status = Serve(options, ready);
  if (!status.ok())
    LogError("shim of ", options.service, ": ", status.message());
  return status.ok() ? 0 : 1;
}

int Main(int count, char** words) {
  Options options;
  if (!ReadOptions(count, words, &options)) {
    LogError(
        "usage: rollout-shim --service NAME --socket /PATH "
        "--mark-base N");
    return 2;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return 1;
  pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    close(ends[0]);
    return RunInBackground(options, ends[1]);
  }
  close(ends[1]);
  char byte;
  return read(ends[0], &byte, 1) == 1 ? 0 : 1;
}

}  // namespace
}  // namespace rollout::shim

int main(int count, char** words) { return rollout::shim::Main(count, words); }
