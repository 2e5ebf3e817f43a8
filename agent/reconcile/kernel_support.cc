// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/kernel_support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/unique_fd.h"

namespace rollout::agent {
namespace {

constexpr char kMigrate[] = "/proc/sys/net/ipv4/tcp_migrate_req";

// Empty: queued connections move when a listener is closed.
std::string TurnOnMigration() {
  constexpr absl::string_view kFollows =
      ": a listener with connections in its queue is never closed, and a "
      "service that crashes loses its queue";
  UniqueFd file(open(kMigrate, O_RDWR | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) {
    return absl::StrCat("this kernel has no net.ipv4.tcp_migrate_req (5.14)",
                        kFollows);
  }
  if (file.valid() && write(file.get(), "1", 1) == 1) return "";
  const int error = errno;
  // Somebody may have set it already where we may only read.
  UniqueFd readable(open(kMigrate, O_RDONLY | O_CLOEXEC));
  char value = '0';
  if (readable.valid() && read(readable.get(), &value, 1) == 1 &&
      value == '1') {
    return "";
  }
  return absl::StrCat("net.ipv4.tcp_migrate_req can't be set to 1 (",
                      strerror(error), ")", kFollows,
                      "; set it with sysctl at boot");
}

// Empty: connections can be marked.
std::string TryMark() {
  UniqueFd probe(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int mark = 1;
  if (probe.valid() &&
      setsockopt(probe.get(), SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0) {
    return "";
  }
  return absl::StrCat("connections can't be marked (", strerror(errno),
                      "): probes can't reach a candidate that has no clients; "
                      "run the agent as root or give it CAP_NET_ADMIN");
}

bool HasCall(long number) {
  // No such descriptor, whatever the call makes of it.
  return syscall(number, -1, -1, 0) == 0 || errno != ENOSYS;
}

}  // namespace

KernelSupport PrepareKernel() {
  KernelSupport support;
  utsname names;
  if (uname(&names) == 0) support.release = names.release;
  auto add = [&support](std::string limitation) {
    if (!limitation.empty()) {
      support.limitations.push_back(std::move(limitation));
    }
  };
  add(TurnOnMigration());
  add(TryMark());
  if (!HasCall(SYS_pidfd_getfd)) {
    add("this kernel has no pidfd_getfd (5.6): handover intercept does not "
        "work; use activation");
  }
  seccomp_notif_sizes sizes;
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) {
    add(absl::StrCat("seccomp can't notify (", strerror(errno),
                     "): handover intercept does not work; use activation"));
  }
  return support;
}

}  // namespace rollout::agent
