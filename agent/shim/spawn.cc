// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/spawn.h"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/shim/child_stage.h"
#include "agent/shim/descriptor_passing.h"
#include "agent/shim/seccomp_filter.h"
#include "base/log.h"

namespace rollout::shim {
namespace {

constexpr int kLimitSeconds = 10;

absl::string_view NameOf(absl::string_view entry) {
  return entry.substr(0, entry.find('='));
}

void SetVariable(std::string entry, std::vector<std::string>* environment) {
  for (std::string& existing : *environment) {
    if (NameOf(existing) == NameOf(entry)) {
      existing = std::move(entry);
      return;
    }
  }
  environment->push_back(std::move(entry));
}

// Whether an endpoint is a Unix socket.
bool HasPaths(const v1::StartRequest& request) {
  return std::any_of(request.endpoints().begin(), request.endpoints().end(),
                     [](const v1::Endpoint& endpoint) {
                       return absl::StartsWith(endpoint.address(), "unix:");
                     });
}

ChildPlan MakePlan(const SpawnOptions& options, int report) {
  ChildPlan plan;
  plan.request = options.request;
  plan.environment.assign(options.request->environment().begin(),
                          options.request->environment().end());
  for (const std::string& entry : options.environment) {
    SetVariable(entry, &plan.environment);
  }
  if (!options.listeners.empty()) {
    SetVariable("LISTEN_PID=", &plan.environment);
    SetVariable(absl::StrCat("LISTEN_FDS=", options.listeners.size()),
                &plan.environment);
    SetVariable(absl::StrCat("LISTEN_FDNAMES=",
                             absl::StrJoin(options.listener_names, ":")),
                &plan.environment);
    plan.listen_pid_entry =
        static_cast<int>(std::find(plan.environment.begin(),
                                   plan.environment.end(), "LISTEN_PID=") -
                         plan.environment.begin());
  }
  if (options.intercept) {
    plan.filter = BuildSeccompFilter(HasPaths(*options.request));
  }
  plan.output = options.output;
  plan.listeners = options.listeners;
  plan.entrances = options.entrances;
  plan.report = report;
  return plan;
}

std::string DescribeStage(ChildStage stage, const v1::StartRequest& request) {
  switch (stage) {
    case ChildStage::kControlGroups:
      return "cannot enter a control group that limits it";
    case ChildStage::kSession:
      return "cannot begin a session";
    case ChildStage::kDescriptors:
      return "cannot arrange descriptors";
    case ChildStage::kLimits:
      return "cannot set resource limits";
    case ChildStage::kFilter:
      return "cannot install the system call filter of handover intercept "
             "(use handover activation if a container engine holds it)";
    case ChildStage::kGroups:
      return "cannot set the supplementary groups";
    case ChildStage::kGroup:
      return absl::StrCat("cannot change to group ", request.gid());
    case ChildStage::kUser:
      return absl::StrCat("cannot change to user ", request.uid());
    case ChildStage::kDirectory:
      return absl::StrCat("cannot change to directory ", request.directory());
    case ChildStage::kExec:
      return absl::StrCat("cannot execute ", request.command(0));
  }
  return "";
}

// A state directory in somebody's home, or below one that is private.
std::string RemedyOf(const ChildFailure& failure,
                     const v1::StartRequest& request) {
  if (failure.stage != ChildStage::kDirectory || failure.error != EACCES) {
    return "";
  }
  return absl::StrCat(": user ", request.uid(),
                      " must be let through each directory above it");
}

// Reads what the child reports until its exec closes the socket.
absl::Status AwaitExec(int report, const v1::StartRequest& request,
                       UniqueFd* seccomp) {
  for (;;) {
    ChildFailure failure;
    Received received = ReceiveMessage(report, &failure, sizeof failure, 0);
    if (received.size < 0 && errno == EINTR) continue;
    if (received.size < 0) {
      return absl::DeadlineExceededError(absl::StrCat(
          "cannot execute ", request.command(0), ": nothing happened for ",
          kLimitSeconds, " s: is its file system reachable?"));
    }
    if (received.size == 0) return absl::OkStatus();
    if (received.descriptor.valid()) {
      *seccomp = std::move(received.descriptor);
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat(DescribeStage(failure.stage, request), ": ",
                     std::strerror(failure.error), RemedyOf(failure, request)));
  }
}

// Until then it holds copies of our listeners, and the next start would take it
// for a stranger. Not for long: what hangs in its file system does not die.
void AwaitDeath(int pidfd) {
  constexpr int kMilliseconds = 500;
  if (pidfd < 0) return;
  pollfd death{pidfd, POLLIN, 0};
  while (poll(&death, 1, kMilliseconds) < 0 && errno == EINTR) {
  }
}

// As fork(2), into the group: moving it there later would hold up the forks and
// exits of the whole host for milliseconds. Where that is refused (by an older
// kernel, or a container engine's filter) it is born in our own.
pid_t Fork(const SpawnOptions& options, bool* in_control_group) {
  if (options.control_group >= 0) {
    clone_args arguments{};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = options.control_group;
    const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    *in_control_group = child >= 0;
    if (child >= 0) return static_cast<pid_t>(child);
    if (options.must_be_in_group) return -1;
    LogWarning("cannot start a process in its control group: ",
               std::strerror(errno));
  }
  return fork();
}

}  // namespace

absl::StatusOr<Spawned> Spawn(const SpawnOptions& options) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return absl::ErrnoToStatus(errno, "cannot start a process");
  }
  UniqueFd ours(pair[0]), childs(pair[1]);
  timeval limit{kLimitSeconds, 0};
  setsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ChildPlan plan = MakePlan(options, childs.get());
  Spawned spawned;
  spawned.pid = Fork(options, &spawned.in_control_group);
  if (spawned.pid < 0) {
    return absl::ErrnoToStatus(
        errno,
        options.must_be_in_group
            ? "cannot start a process in the control group that limits it"
            : "cannot start a process");
  }
  if (spawned.pid == 0) RunChild(std::move(plan));
  childs.reset();
  spawned.pidfd.reset(
      static_cast<int>(syscall(SYS_pidfd_open, spawned.pid, 0)));
  absl::Status status =
      AwaitExec(ours.get(), *options.request, &spawned.seccomp);
  if (status.ok() && !spawned.pidfd.valid()) {
    status = absl::ErrnoToStatus(errno, "cannot hold on to the process");
  }
  if (!status.ok()) {
    kill(spawned.pid, SIGKILL);
    AwaitDeath(spawned.pidfd.get());
    return status;
  }
  return spawned;
}

}  // namespace rollout::shim
