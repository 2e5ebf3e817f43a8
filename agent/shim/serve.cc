// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/serve.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "agent/shim/control.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/renewal.h"
#include "agent/shim/saved_descriptor.h"
#include "agent/shim/service.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

// All signals but those that tell of our own faults arrive here instead: a
// service may signal its parent (facebookgo/grace sends SIGTERM when ready).
UniqueFd TakeSignals() {
  sigset_t taken;
  sigfillset(&taken);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) {
    sigdelset(&taken, fault);
  }
  sigprocmask(SIG_SETMASK, &taken, nullptr);
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

void SayReady(const ShimOptions& options) {
  if (options.ready < 0) return;
  char byte = 0;
  if (write(options.ready, &byte, 1) != 1) {
    LogWarning("whoever started the shim is gone");
  }
  close(options.ready);
}

v1::SavedState RestOfState(const ShimOptions& options, const Control& control) {
  v1::SavedState rest;
  rest.set_version(kStateVersion);
  rest.set_service(options.service);
  rest.set_socket(options.socket);
  *rest.mutable_control() = SaveDescriptor(control.listener());
  return rest;
}

// Those that were left, but what the keeper has for itself.
LeftDescriptors TakeStock(const ShimOptions& options, const Kept& kept) {
  LeftDescriptors left;
  left.Leave(kept.endings);
  if (IsBeingRenewed(options, kept.memory)) {
    left.Leave(options.state);
    left.Leave(options.previous);
  }
  return left;
}

absl::Status TakeUp(const ShimOptions& options, const Kept& kept,
                    const std::string& bytes, LeftDescriptors left,
                    EpollLoop& loop, Service& service,
                    std::unique_ptr<Control>* control) {
  v1::SavedState state;
  if (!state.ParseFromString(bytes)) {
    return absl::InternalError("the state that was kept can't be read");
  }
  const bool is_renewed = IsBeingRenewed(options, kept.memory);
  service.Resume(state, left);
  ASSIGN_OR_RETURN(*control,
                   Control::Resume(options.socket, left.Take(state.control()),
                                   left.Take(state.agent()), service, loop));
  left.CloseRest();
  service.KeepState(RestOfState(options, **control));
  // From here on there is no way back.
  if (is_renewed) {
    close(options.state);
    close(options.previous);
  }
  LogInfo("shim of ", options.service, " (pid ", getpid(), ") goes on, ",
          is_renewed ? "renewed" : "after a loss");
  return absl::OkStatus();
}

// Keeps the state for whoever goes on in `program`.
void SaveFor(const std::string& program, const ShimOptions& options,
             const Control& control, Service& service) {
  v1::SavedState rest = RestOfState(options, control);
  if (control.agent() >= 0) {
    *rest.mutable_agent() = SaveDescriptor(control.agent());
  }
  rest.set_next_program(program);
  service.KeepState(rest);
}

absl::Status WatchAll(const Kept& kept, int signals, int keeper,
                      EpollLoop& loop, Service& service, bool* keeper_lost) {
  RETURN_IF_ERROR(loop.Watch(signals, EPOLLIN, [signals, &service](uint32_t) {
    ReadSignals(signals, service);
  }));
  RETURN_IF_ERROR(
      loop.Watch(kept.endings, EPOLLIN, [&kept, &service](uint32_t) {
        uint64_t count;
        (void)!read(kept.endings, &count, sizeof count);
        service.ReapChildren();
      }));
  if (*keeper_lost) return absl::OkStatus();
  return loop.Watch(keeper, EPOLLIN, [keeper, &loop, keeper_lost](uint32_t) {
    loop.Unwatch(keeper);
    *keeper_lost = true;
    loop.Stop();
  });
}

// Runs the loop until the service has ended. See Serve for other ends.
void RunUntilEnd(const ShimOptions& options, const Kept& kept, EpollLoop& loop,
                 Service& service, Control& control, bool* keeper_lost) {
  // An agent that has stayed connected hears who it is now.
  control.PushStatus();
  for (;;) {
    if (!*keeper_lost) {
      loop.Run([&control, &service] {
        service.SaveState();
        control.PushStatus();
      });
    }
    if (service.is_over()) return;
    if (!service.next_program().empty()) {
      SaveFor(service.next_program(), options, control, service);
      // Only a keeper that lives can go on in it.
      if (getppid() == kept.keeper) _exit(kGoOnInNext);
      LogError(GoOnIn(service.next_program(), kept.memory).message());
    }
    *keeper_lost = true;
    LogError("the keeper is lost: going on as the keeper of another shim");
    SaveFor("", options, control, service);
    LogError(GoOnIn("/proc/self/exe", kept.memory).message());
    *keeper_lost = false;
    service.KeepState(RestOfState(options, control));
  }
}

}  // namespace

bool IsBeingRenewed(const ShimOptions& options, const KeptMemory& memory) {
  return options.state >= 0 && memory.saves() == 1;
}

absl::Status Serve(const ShimOptions& options, const Kept& kept) {
  const std::optional<std::string> bytes = kept.memory.LoadState();
  std::optional<LeftDescriptors> left;
  if (bytes.has_value()) left = TakeStock(options, kept);
  // Nothing may be taken for lost that could not be looked at.
  if (left.has_value() && !left->is_complete()) _exit(1);
  EpollLoop loop;
  UniqueFd signals = TakeSignals();
  UniqueFd keeper(static_cast<int>(syscall(SYS_pidfd_open, kept.keeper, 0)));
  bool keeper_lost = !keeper.valid() || getppid() != kept.keeper;
  Service service(options.mark_base, kept, loop);
  std::unique_ptr<Control> control;
  absl::Status status =
      WatchAll(kept, signals.get(), keeper.get(), loop, service, &keeper_lost);
  if (left.has_value()) {
    if (status.ok()) {
      status = TakeUp(options, kept, *bytes, *std::move(left), loop, service,
                      &control);
    }
    if (!status.ok()) {
      LogError("shim of ", options.service, ": ", status.message());
      _exit(1);  // closes nothing: the next one tries again
    }
  } else {
    RETURN_IF_ERROR(status);
    ASSIGN_OR_RETURN(control, Control::Create(options.socket, service, loop));
    LogInfo("shim of ", options.service, " (pid ", getpid(), ") serves ",
            options.socket);
    service.KeepState(RestOfState(options, *control));
    SayReady(options);
  }
  RunUntilEnd(options, kept, loop, service, *control, &keeper_lost);
  // A kill from here on is an end, too.
  kept.memory.Discard();
  LogInfo("shim of ", options.service, " ends as asked");
  return absl::OkStatus();
}

}  // namespace rollout::shim
