// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/notify_socket.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/shim/descriptor_passing.h"
#include "agent/shim/notify_message.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr size_t kMaxDatagram = 4096;

// sd_notify(3): a name that begins with "@" is an abstract one.
std::string ChooseAddress(const std::string& path) {
  if (path.size() < sizeof(sockaddr_un::sun_path)) return path;
  return absl::StrCat("@rollout/", getpid(), "/",
                      std::hash<std::string>()(path));
}

absl::Status BindTo(int socket, const std::string& address, uint32_t uid,
                    uint32_t gid) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, address.data(), address.size());
  socklen_t size = offsetof(sockaddr_un, sun_path) + address.size();
  const bool abstract = address[0] == '@';
  if (abstract) {
    name.sun_path[0] = '\0';
  } else {
    size += 1;
  }
  auto bind_privately = [&] {
    const mode_t before = umask(0177);
    bool bound = bind(socket, reinterpret_cast<sockaddr*>(&name), size) == 0;
    umask(before);
    return bound;
  };
  bool bound = bind_privately();
  if (!bound && errno == EADDRINUSE && !abstract) {
    unlink(address.c_str());
    bound = bind_privately();
  }
  const bool is_ours = uid == geteuid() && gid == getegid();
  int on = 1;
  if (!bound ||
      (!abstract && !is_ours && chown(address.c_str(), uid, gid) != 0) ||
      setsockopt(socket, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot make notify socket ", address));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<NotifySocket>> NotifySocket::Create(
    const std::string& path, uint32_t uid, uint32_t gid, Owner owner,
    EpollLoop& loop) {
  UniqueFd socket(
      ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  std::string address = ChooseAddress(path);
  RETURN_IF_ERROR(BindTo(socket.get(), address, uid, gid));
  return Resume(std::move(socket), std::move(address), std::move(owner), loop);
}

absl::StatusOr<std::unique_ptr<NotifySocket>> NotifySocket::Resume(
    UniqueFd socket, std::string address, Owner owner, EpollLoop& loop) {
  std::unique_ptr<NotifySocket> notify(new NotifySocket(
      std::move(socket), std::move(address), std::move(owner), loop));
  NotifySocket* raw = notify.get();
  RETURN_IF_ERROR(loop.Watch(raw->socket_.get(), EPOLLIN,
                             [raw](uint32_t) { raw->Receive(); }));
  return notify;
}

NotifySocket::NotifySocket(UniqueFd socket, std::string address, Owner owner,
                           EpollLoop& loop)
    : socket_(std::move(socket)),
      address_(std::move(address)),
      owner_(std::move(owner)),
      loop_(loop) {}

NotifySocket::~NotifySocket() { loop_.Unwatch(socket_.get()); }

void NotifySocket::Receive() {
  char buffer[kMaxDatagram];
  Received received =
      ReceiveMessage(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (received.size <= 0) return;
  if (!SaysReady({buffer, static_cast<size_t>(received.size)}, received.cut)) {
    return;
  }
  if (owner_.accepts(received.sender)) {
    owner_.on_ready();
  } else {
    LogWarning("READY=1 from process ", received.sender,
               ", which is not of the generation: not counted");
  }
}

}  // namespace rollout::shim
