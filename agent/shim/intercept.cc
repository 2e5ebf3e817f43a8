// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/intercept.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/shim/asker.h"
#include "agent/shim/path_calls.h"
#include "agent/shim/socket_facts.h"
#include "base/endpoint_address.h"
#include "base/log.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

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

Answer EndWith(int error) { return {false, error}; }

// Whether what was read of the asker's memory was its own: it still waits.
bool IsWaiting(const seccomp_notif& call, int seccomp_fd) {
  return ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0;
}

// What an owner's word means; a refusal is told, and looks to the service as if
// `error` were the matter.
Answer Obey(const absl::StatusOr<int>& result, int error,
            InterceptOwner& owner) {
  if (result.ok()) return EndWith(*result);
  if (absl::IsNotFound(result.status())) return kCarryOn;
  owner.OnProblem(std::string(result.status().message()));
  return EndWith(error);
}

absl::StatusOr<int> Succeeded(const absl::Status& status) {
  if (!status.ok()) return status;
  return 0;
}

bool IsV6Only(int socket) {
  int v6_only = 0;
  socklen_t size = sizeof v6_only;
  getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &size);
  return v6_only != 0;
}

Answer BindPath(const seccomp_notif& call, int seccomp_fd, UniqueFd socket,
                const sockaddr_un& name, size_t size, InterceptOwner& owner) {
  const Asker asker(call.pid);
  const size_t longest =
      std::min(size, sizeof name) - offsetof(sockaddr_un, sun_path);
  const std::string path(name.sun_path, strnlen(name.sun_path, longest));
  // Abstract names begin with a NUL.
  if (path.empty() || !owner.HasPath(path.substr(path.rfind('/') + 1))) {
    return kCarryOn;
  }
  auto place = asker.Find(AT_FDCWD, path);
  auto user = asker.ReadUser();
  if (!place.ok() || !user.ok() || !IsWaiting(call, seccomp_fd)) {
    return kCarryOn;
  }
  return Obey(Succeeded(owner.BindPath(std::move(socket), *place, path, *user)),
              EADDRINUSE, owner);
}

Answer AnswerBind(const seccomp_notif& call, int seccomp_fd, UniqueFd socket,
                  InterceptOwner& owner) {
  union {
    sockaddr any;
    sockaddr_un name;
    sockaddr_storage storage;
  } address{};
  const size_t size = std::min<size_t>(call.data.args[2], sizeof address);
  absl::Status read = Asker(call.pid).Read(call.data.args[1], &address, size);
  if (!read.ok() || size <= offsetof(sockaddr_un, sun_path)) return kCarryOn;
  const Transport transport = *TransportOf(socket.get());
  if (transport == Transport::kUnix) {
    if (address.any.sa_family != AF_UNIX) return kCarryOn;
    return BindPath(call, seccomp_fd, std::move(socket), address.name, size,
                    owner);
  }
  auto ip = NetAddress::FromSockaddr(&address, size);
  // From here on our own copy counts.
  if (!ip.ok() || ip->port() == 0 || !IsWaiting(call, seccomp_fd)) {
    return kCarryOn;
  }
  const EndpointAddress endpoint(transport, *ip);
  absl::Status verdict = owner.JudgeBind(endpoint, IsV6Only(socket.get()));
  if (!verdict.ok()) return Obey(verdict, EADDRINUSE, owner);
  return Obey(owner.Bind(std::move(socket), endpoint), EADDRINUSE, owner);
}

Answer AnswerListen(const seccomp_notif& call, UniqueFd socket,
                    InterceptOwner& owner) {
  const bool is_path = TransportOf(socket.get()) == Transport::kUnix;
  int backlog = static_cast<int>(call.data.args[1]);
  absl::Status status = owner.Listen(std::move(socket), backlog);
  // A client of a Unix socket may ask who listens (SO_PEERCRED): whoever did it
  // last, so not us. Meanwhile nobody was refused.
  if (status.ok() && is_path) return kCarryOn;
  return Obey(Succeeded(status), EADDRINUSE, owner);
}

// A program of the service's own would replace the steering program.
Answer AnswerAttach(int socket, InterceptOwner& owner) {
  auto ip = BoundAddress(socket);
  if (!ip.has_value()) return kCarryOn;
  const EndpointAddress address(*TransportOf(socket), *ip);
  absl::Status verdict = owner.JudgeBind(address, IsV6Only(socket));
  if (absl::IsNotFound(verdict)) return kCarryOn;
  owner.OnProblem(absl::StrCat(
      "the service attaches a reuseport program of its own to ",
      address.ToString(), ": turn that off, Rollout steers this address"));
  return EndWith(EPERM);
}

Answer AnswerPathCall(const seccomp_notif& call, int seccomp_fd,
                      InterceptOwner& owner) {
  auto change = ReadPathCall(call, owner);
  if (!change.ok() || !IsWaiting(call, seccomp_fd)) return kCarryOn;
  return Obey(owner.ChangePath(*change), EPERM, owner);
}

Answer Decide(const seccomp_notif& call, int seccomp_fd,
              InterceptOwner& owner) {
  const int number = call.data.nr;
  if (number != SYS_bind && number != SYS_listen && number != SYS_setsockopt) {
    return AnswerPathCall(call, seccomp_fd, owner);
  }
  auto socket = Asker(call.pid).Take(static_cast<int>(call.data.args[0]));
  if (!socket.ok() || !TransportOf(socket->get()).has_value()) {
    // The asker is gone, or its argument no socket for us: the kernel's say.
    return kCarryOn;
  }
  if (number == SYS_listen) {
    return AnswerListen(call, *std::move(socket), owner);
  }
  if (number == SYS_setsockopt) return AnswerAttach(socket->get(), owner);
  return AnswerBind(call, seccomp_fd, *std::move(socket), owner);
}

void Send(int seccomp_fd, uint64_t id, const Answer& answer) {
  seccomp_notif_resp response{};
  response.id = id;
  response.error = -answer.error;
  if (answer.carry_on) response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if (ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_SEND, &response) != 0 &&
      errno != ENOENT) {
    LogError("cannot answer a system call of the service: ",
             std::strerror(errno));
  }
}

// Whether it is a bind of TCP that has been done.
bool IsBound(const seccomp_notif& call) {
  if (call.data.nr != SYS_bind) return false;
  auto socket = Asker(call.pid).Take(static_cast<int>(call.data.args[0]));
  return socket.ok() && TransportOf(socket->get()) == Transport::kTcp &&
         BoundAddress(socket->get()).has_value();
}

}  // namespace

void PrepareNotifications(int seccomp_fd) {
  ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
        SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

void HandleNotification(int seccomp_fd, seccomp_notif* call,
                        InterceptOwner& owner,
                        const std::function<void()>& before_answer) {
  if (ioctl(seccomp_fd, SECCOMP_IOCTL_NOTIF_RECV, call) != 0) {
    // ENOENT: the asker was interrupted or died meanwhile.
    if (errno != ENOENT && errno != EINTR) {
      LogError("cannot read a system call of the service: ",
               std::strerror(errno));
    }
    return;
  }
  const Answer answer = Decide(*call, seccomp_fd, owner);
  if (!answer.carry_on) before_answer();
  Send(seccomp_fd, call->id, answer);
}

void RefuseCall(int seccomp_fd, const seccomp_notif& call) {
  if (IsWaiting(call, seccomp_fd)) Send(seccomp_fd, call.id, EndWith(EAGAIN));
}

void AnswerAgain(int seccomp_fd, const seccomp_notif& call,
                 InterceptOwner& owner,
                 const std::function<void()>& before_answer) {
  if (!IsWaiting(call, seccomp_fd)) return;
  const Answer answer =
      IsBound(call) ? EndWith(0) : Decide(call, seccomp_fd, owner);
  before_answer();
  Send(seccomp_fd, call.id, answer);
}

}  // namespace rollout::shim
