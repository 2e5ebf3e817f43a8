// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/marked_socket.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/net_address.h"
#include "base/status_macros.h"
#include "base/unix_socket.h"

namespace rollout::probe {

absl::Status SetMark(int fd, uint32_t mark) {
  if (mark == 0 ||
      setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) == 0) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(
      errno, "cannot mark a probe's connection; the agent needs CAP_NET_ADMIN");
}

EndpointAddress ReachableAddress(const EndpointAddress& address) {
  if (!address.ip() || !address.ip()->is_wildcard()) return address;
  auto loopback = NetAddress::Parse(
      absl::StrCat(address.ip()->family() == AF_INET6 ? "[::1]:" : "127.0.0.1:",
                   address.ip()->port()));
  CHECK(loopback.ok());
  return EndpointAddress(address.transport(), *loopback);
}

absl::StatusOr<UniqueFd> StartConnect(const EndpointAddress& address,
                                      uint32_t mark) {
  if (address.transport() == Transport::kUdp) {
    return absl::InvalidArgumentError(absl::StrCat(
        address.ToString(),
        " takes no connections: use an exec, notify or listening probe"));
  }
  const int family = address.ip() ? address.ip()->family() : AF_UNIX;
  UniqueFd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "cannot make a socket");
  if (!address.ip()) {
    RETURN_IF_ERROR(ConnectUnixSocket(fd.get(), address.path()));
    return fd;
  }
  RETURN_IF_ERROR(SetMark(fd.get(), mark));
  if (connect(fd.get(), address.ip()->sockaddr_ptr(),
              address.ip()->sockaddr_size()) != 0 &&
      errno != EINPROGRESS) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot connect to ", address.ToString()));
  }
  return fd;
}

absl::Status ConnectResult(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? absl::OkStatus()
                    : absl::ErrnoToStatus(error, "cannot connect");
}

absl::StatusOr<UniqueFd> Connect(const EndpointAddress& address, uint32_t mark,
                                 absl::Duration timeout, int cancel_fd) {
  ASSIGN_OR_RETURN(UniqueFd fd, StartConnect(ReachableAddress(address), mark));
  pollfd fds[] = {{fd.get(), POLLOUT, 0}, {cancel_fd, POLLIN, 0}};
  if (poll(fds, 2, absl::ToInt64Milliseconds(timeout)) == 0) {
    return absl::DeadlineExceededError(
        absl::StrCat("no connection to ", address.ToString(), " within ",
                     absl::FormatDuration(timeout)));
  }
  if (fds[0].revents == 0) return absl::CancelledError("cancelled");
  RETURN_IF_ERROR(WithContext(ConnectResult(fd.get()), address.ToString()));
  return fd;
}

}  // namespace rollout::probe
