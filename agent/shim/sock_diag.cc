// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/sock_diag.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

constexpr size_t kBufferSize = 32 * 1024;

absl::StatusOr<UniqueFd> Send(const void* request, size_t size, bool all) {
  UniqueFd netlink(
      socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  // The kernel answers at once; a bound all the same, for the one thread.
  timeval limit{2, 0};
  setsockopt(netlink.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  nlmsghdr header{};
  header.nlmsg_len = NLMSG_LENGTH(size);
  header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  header.nlmsg_flags = NLM_F_REQUEST | (all ? NLM_F_DUMP : 0);
  iovec parts[] = {{&header, NLMSG_HDRLEN}, {const_cast<void*>(request), size}};
  if (!netlink.valid() || writev(netlink.get(), parts, 2) < 0) {
    return absl::ErrnoToStatus(errno, "cannot ask for the list of sockets");
  }
  return netlink;
}

absl::Status ReadError(const nlmsghdr* header, bool all) {
  const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
  // Of a list it means that this kernel has none for the family.
  if (error->error == -ENOENT && !all) {
    return absl::NotFoundError("no such socket");
  }
  return absl::UnavailableError(
      absl::StrCat("no list of sockets: ", std::strerror(-error->error)));
}

}  // namespace

absl::Status AskSockDiag(
    const void* request, size_t size, bool all,
    const std::function<absl::Status(const nlmsghdr*)>& on_answer) {
  ASSIGN_OR_RETURN(UniqueFd netlink, Send(request, size, all));
  alignas(nlmsghdr) char buffer[kBufferSize];
  for (;;) {
    ssize_t got = recv(netlink.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return absl::UnavailableError(
          absl::StrCat("no list of sockets: ", std::strerror(errno)));
    }
    unsigned left = static_cast<unsigned>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer);
         NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return absl::OkStatus();
      if (header->nlmsg_type == NLMSG_ERROR) return ReadError(header, all);
      RETURN_IF_ERROR(on_answer(header));
      if (!all) return absl::OkStatus();
    }
  }
}

}  // namespace rollout::shim
