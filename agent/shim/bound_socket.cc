// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/bound_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace rollout::shim {

absl::StatusOr<UniqueFd> BindShared(const NetAddress& address, bool v6_only,
                                    const std::string& device) {
  UniqueFd socket(
      ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  int on = 1, only = v6_only ? 1 : 0;
  const bool is_v6 = address.family() == AF_INET6;
  if (!socket.valid() ||
      setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (is_v6 && setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only,
                           sizeof only) != 0) ||
      (!device.empty() && setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE,
                                     device.data(), device.size()) != 0) ||
      bind(socket.get(), address.sockaddr_ptr(), address.sockaddr_size()) !=
          0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot bind ", address.ToString()));
  }
  return socket;
}

SharedAddress::SharedAddress(int socket) : socket_(socket) {
  struct stat status {};
  socklen_t size = sizeof reuse_port_;
  int on = 1;
  if (fstat(socket, &status) != 0 ||
      getsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &reuse_port_, &size) != 0 ||
      getsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &reuse_address_, &size) !=
          0) {
    status_ = absl::ErrnoToStatus(errno, "cannot look at the listener");
    kept_ = true;
    return;
  }
  owner_ = status.st_uid;
  if (setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      fchown(socket, geteuid(), -1) != 0) {
    status_ = absl::ErrnoToStatus(errno, "cannot share the listener's address");
  }
}

SharedAddress::~SharedAddress() {
  if (kept_) return;
  setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &reuse_port_,
             sizeof reuse_port_);
  setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &reuse_address_,
             sizeof reuse_address_);
  // If that is refused, nobody who compares the owner is there.
  (void)!fchown(socket_, owner_, -1);
}

}  // namespace rollout::shim
