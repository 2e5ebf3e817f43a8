// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/seccomp_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "agent/shim/path_calls.h"

// Linux 5.19; older headers lack it.
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace rollout::shim {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "rollout-shim: write down this architecture's AUDIT_ARCH_*"
#endif

sock_filter Load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}

// The low half of an argument; both architectures are little-endian.
sock_filter LoadArgument(int number) {
  return Load(offsetof(seccomp_data, args) + number * sizeof(uint64_t));
}

sock_filter Return(uint32_t what) { return BPF_STMT(BPF_RET | BPF_K, what); }

// Goes on with the next instruction if equal, else skips `skip`.
sock_filter UnlessEqualSkip(uint32_t value, uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}

// Goes on with the next instruction if not equal, else skips `skip`.
sock_filter IfEqualSkip(uint32_t value, uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0);
}

}  // namespace

std::vector<sock_filter> BuildSeccompFilter(bool paths) {
  const sock_filter allow = Return(SECCOMP_RET_ALLOW);
  const sock_filter ask = Return(SECCOMP_RET_USER_NOTIF);
  std::vector<sock_filter> filter = {
      Load(offsetof(seccomp_data, arch)),
      IfEqualSkip(kArchitecture, 1),
      allow,
      Load(offsetof(seccomp_data, nr)),
      UnlessEqualSkip(SYS_bind, 1),
      ask,
      UnlessEqualSkip(SYS_listen, 1),
      ask,
      UnlessEqualSkip(SYS_socket, 4),
      LoadArgument(2),
      UnlessEqualSkip(IPPROTO_MPTCP, 1),
      Return(SECCOMP_RET_ERRNO | EPROTONOSUPPORT),
      allow,
      UnlessEqualSkip(SYS_setsockopt, 8),
      LoadArgument(1),
      UnlessEqualSkip(SOL_SOCKET, 5),
      LoadArgument(2),
      IfEqualSkip(SO_ATTACH_REUSEPORT_CBPF, 2),
      IfEqualSkip(SO_ATTACH_REUSEPORT_EBPF, 1),
      UnlessEqualSkip(SO_DETACH_REUSEPORT_BPF, 1),
      ask,
      allow,
  };
  if (paths) {
    for (int call : PathCalls()) {
      filter.insert(filter.end(), {UnlessEqualSkip(call, 1), ask});
    }
  }
  filter.push_back(allow);
  return filter;
}

int InstallSeccompFilter(const std::vector<sock_filter>& filter) {
  sock_fprog program{static_cast<unsigned short>(filter.size()),
                     const_cast<sock_filter*>(filter.data())};
  constexpr unsigned long kFlags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  auto install = [&program](unsigned long flags) {
    return static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
  };
  auto install_either_way = [&install] {
    int fd = install(kFlags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    return fd < 0 && errno == EINVAL ? install(kFlags) : fd;
  };
  int fd = install_either_way();
  if (fd >= 0 || errno != EACCES) return fd;
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return install_either_way();
}

}  // namespace rollout::shim
