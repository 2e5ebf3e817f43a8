// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/child_stage.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "agent/shim/descriptor_passing.h"
#include "agent/shim/seccomp_filter.h"
#include "base/scheduling.h"

namespace rollout::shim {
namespace {

[[noreturn]] void Fail(const ChildPlan& plan, ChildStage stage) {
  ChildFailure failure{stage, errno};
  ssize_t sent = send(plan.report, &failure, sizeof failure, MSG_NOSIGNAL);
  (void)sent;  // the parent sees the end of file then
  _exit(127);
}

void ResetSignals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    sigaction(signal, &action, nullptr);  // KILL and STOP refuse, rightly
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool EnterControlGroups(const ChildPlan& plan) {
  for (int entrance : plan.entrances) {
    if (write(entrance, "0", 1) != 1) return false;
  }
  return true;
}

// Closes all from `first` on but `keep`.
bool CloseFrom(int first, int keep) {
  if (syscall(SYS_close_range, keep + 1, ~0u, 0) != 0) {
    if (errno != ENOSYS) return false;
    for (long fd = sysconf(_SC_OPEN_MAX) - 1; fd > keep; --fd) close(fd);
  }
  for (int fd = first; fd < keep; ++fd) close(fd);
  return true;
}

// 0: /dev/null, 1 and 2: output, 3...: listeners, nothing else but the report
// socket, which exec closes.
bool ArrangeDescriptors(ChildPlan* plan) {
  const int first_free = 3 + static_cast<int>(plan->listeners.size());
  // First all up and out of the way, then down to their places.
  auto move_up = [first_free](int fd) {
    return fcntl(fd, F_DUPFD_CLOEXEC, first_free);
  };
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  int up_null = move_up(null), up_output = move_up(plan->output);
  for (int& listener : plan->listeners) listener = move_up(listener);
  plan->report = move_up(plan->report);
  if (dup2(up_null, 0) < 0 || dup2(up_output, 1) < 0 ||
      dup2(up_output, 2) < 0) {
    return false;
  }
  for (size_t i = 0; i < plan->listeners.size(); ++i) {
    if (dup2(plan->listeners[i], 3 + static_cast<int>(i)) < 0) return false;
  }
  return CloseFrom(first_free, plan->report);
}

bool SetLimits(const v1::StartRequest& request) {
  for (const v1::ResourceLimit& limit : request.resource_limits()) {
    rlimit value{limit.value(), limit.value()};
    if (setrlimit(static_cast<__rlimit_resource>(limit.resource()), &value) !=
        0) {
      return false;
    }
  }
  umask(request.umask());
  return true;
}

// Before the user changes: as root the filter needs no no_new_privs.
bool EnterFilter(const ChildPlan& plan) {
  if (plan.filter.empty()) return true;
  int seccomp = InstallSeccompFilter(plan.filter);
  if (seccomp < 0 || !SendDescriptor(plan.report, seccomp)) return false;
  close(seccomp);
  return true;
}

void ChangeUser(const ChildPlan& plan) {
  const v1::StartRequest& request = *plan.request;
  if (!request.set_user()) return;
  static_assert(sizeof(gid_t) == sizeof(uint32_t), "groups are passed as is");
  if (setgroups(request.groups_size(), request.groups().data()) != 0) {
    Fail(plan, ChildStage::kGroups);
  }
  if (setresgid(request.gid(), request.gid(), request.gid()) != 0) {
    Fail(plan, ChildStage::kGroup);
  }
  if (setresuid(request.uid(), request.uid(), request.uid()) != 0) {
    Fail(plan, ChildStage::kUser);
  }
}

void Exec(ChildPlan* plan) {
  if (plan->listen_pid_entry >= 0) {
    absl::StrAppend(&plan->environment[plan->listen_pid_entry], getpid());
  }
  std::vector<char*> arguments, environment;
  for (const std::string& word : plan->request->command()) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  for (std::string& entry : plan->environment) {
    environment.push_back(entry.data());
  }
  environment.push_back(nullptr);
  execve(arguments[0], arguments.data(), environment.data());
}

}  // namespace

void RunChild(ChildPlan plan) {
  ResetSignals();
  if (!EnterControlGroups(plan)) Fail(plan, ChildStage::kControlGroups);
  if (setsid() < 0) Fail(plan, ChildStage::kSession);
  BeginHeadStart(getpid());
  if (!ArrangeDescriptors(&plan)) Fail(plan, ChildStage::kDescriptors);
  if (!SetLimits(*plan.request)) Fail(plan, ChildStage::kLimits);
  if (!EnterFilter(plan)) Fail(plan, ChildStage::kFilter);
  ChangeUser(plan);
  if (!plan.request->directory().empty() &&
      chdir(plan.request->directory().c_str()) != 0) {
    Fail(plan, ChildStage::kDirectory);
  }
  Exec(&plan);
  Fail(plan, ChildStage::kExec);
}

}  // namespace rollout::shim
