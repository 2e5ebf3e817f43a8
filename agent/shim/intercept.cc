// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/intercept.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/socket_facts.h"
#include "base/log.h"

// Linux 6.6; older headers lack them.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

namespace rollout::shim {
namespace {

// How a call ends: with an errno (0: it succeeded), or in the kernel.
struct Answer {
  bool carry_on = false;
  int error = 0;
};

constexpr Answer kCarryOn{true, 0};
constexpr Answer kDone{false, 0};

Answer Refuse(int error) { return {false, error}; }

// A duplicate of the asker's descriptor, the first argument of all our calls.
absl::StatusOr<UniqueFd> TakeSocket(const seccomp_notif& call) {
  pid_t process = ProcessOfThread(call.pid);
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
  if (!pidfd.valid()) {
    return absl::ErrnoToStatus(errno, "cannot reach the service");
  }
  UniqueFd socket(static_cast<int>(syscall(
      SYS_pidfd_getfd, pidfd.get(), static_cast<int>(call.data.args[0]), 0)));
  if (!socket.valid()) {
    return absl::ErrnoToStatus(errno, "cannot take the service's socket");
  }
  return socket;
}

absl::StatusOr<NetAddress> ReadBindAddress(const seccomp_notif& call) {
  sockaddr_storage address{};
  size_t size = std::min<size_t>(call.data.args[2], sizeof address);
  iovec local{&address, size};
  iovec remote{reinterpret_cast<void*>(call.data.args[1]), size};
  if (process_vm_readv(call.pid, &local, 1, &remote, 1, 0) !=
      static_cast<ssize_t>(size)) {
    return absl::ErrnoToStatus(errno, "cannot read the address of bind");
  }
  return NetAddress::FromSockaddr(&address, size);
}

bool IsV6Only(int socket) {
  int v6_only = 0;
  socklen_t size = sizeof v6_only;
  getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &size);
  return v6_only != 0;
}

// Makes the socket fit the group, then binds it. Returns an errno.
int BindAsMember(int socket, const NetAddress& address) {
  int on = 1;
  // The kernel lets sockets into one group only if all have SO_REUSEPORT and
  // one owner. Established connections have their service's owner; for them
  // SO_REUSEADDR makes it not matter.
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      fchown(socket, geteuid(), -1) != 0) {
    return errno;
  }
  return bind(socket, address.sockaddr_ptr(), address.sockaddr_size()) == 0
             ? 0
             : errno;
}

Answer AnswerBind(const seccomp_notif& call, int seccomp_fd, int socket,
                  InterceptOwner& owner) {
  auto address = ReadBindAddress(call);
  if (!address.ok() || address->port() == 0) return kCarryOn;
  // What was read is the asker's only if it still waits; from here on our own
  // copy counts.
  if (ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) != 0) {
    return kCarryOn;
  }
  absl::Status verdict = owner.JudgeBind(*address, IsV6Only(socket));
  if (absl::IsNotFound(verdict)) return kCarryOn;
  if (!verdict.ok()) {
    owner.OnProblem(std::string(verdict.message()));
    return Refuse(EADDRINUSE);
  }
  int error = BindAsMember(socket, *address);
  if (error != 0) {
    owner.OnProblem(absl::StrCat("cannot bind ", address->ToString(), ": ",
                                 std::strerror(error)));
  }
  return Refuse(error);
}

Answer AnswerListen(const seccomp_notif& call, UniqueFd socket,
                    InterceptOwner& owner) {
  int backlog = static_cast<int>(call.data.args[1]);
  absl::Status status = owner.Listen(std::move(socket), backlog);
  if (status.ok()) return kDone;
  if (absl::IsNotFound(status)) return kCarryOn;
  owner.OnProblem(std::string(status.message()));
  return Refuse(EADDRINUSE);
}

// A program of the service's own would replace the steering program.
Answer AnswerAttach(int socket, InterceptOwner& owner) {
  auto address = BoundAddress(socket);
  if (!address.has_value()) return kCarryOn;
  absl::Status verdict = owner.JudgeBind(*address, IsV6Only(socket));
  if (absl::IsNotFound(verdict)) return kCarryOn;
  owner.OnProblem(absl::StrCat(
      "the service attaches a reuseport program of its own to ",
      address->ToString(), ": turn that off, Rollout steers this address"));
  return Refuse(EPERM);
}

Answer Decide(const seccomp_notif& call, int seccomp_fd,
              InterceptOwner& owner) {
  auto socket = TakeSocket(call);
  if (!socket.ok()) {
    // The asker is gone, or its argument is no descriptor: the kernel's say.
    return kCarryOn;
  }
  if (!IsTcp(socket->get())) return kCarryOn;
  switch (call.data.nr) {
    case SYS_bind:
      return AnswerBind(call, seccomp_fd, socket->get(), owner);
    case SYS_listen:
      return AnswerListen(call, *std::move(socket), owner);
    default:
      return AnswerAttach(socket->get(), owner);
  }
}

}  // namespace

void PrepareNotifications(int seccomp_fd) {
  ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
        SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

void HandleNotification(int seccomp_fd, InterceptOwner& owner) {
  seccomp_notif call{};
  if (ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
    // ENOENT: the asker was interrupted or died meanwhile.
    if (errno != ENOENT && errno != EINTR) {
      LogError("cannot read a system call of the service: ",
               std::strerror(errno));
    }
    return;
  }
  Answer answer = Decide(call, seccomp_fd, owner);
  seccomp_notif_resp response{};
  response.id = call.id;
  response.error = -answer.error;
  if (answer.carry_on) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if (ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_SEND, &response) != 0 &&
      errno != ENOENT) {
    LogError("cannot answer a system call of the service: ",
             std::strerror(errno));
  }
}

}  // namespace rollout::shim
