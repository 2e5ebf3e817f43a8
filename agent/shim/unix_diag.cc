// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/unix_diag.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <cstring>

#include "agent/shim/sock_diag.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

// include/net/tcp_states.h, for Unix sockets, too.
constexpr uint8_t kListen = 10;
constexpr uint32_t kEveryState = ~0u;

template <typename T>
T Read(const rtattr* attribute) {
  T value{};
  std::memcpy(&value, RTA_DATA(attribute),
              std::min<size_t>(sizeof value, RTA_PAYLOAD(attribute)));
  return value;
}

UnixSocketEntry ReadEntry(const nlmsghdr* header) {
  const auto* message = static_cast<const unix_diag_msg*>(NLMSG_DATA(header));
  UnixSocketEntry entry;
  entry.inode = message->udiag_ino;
  entry.listens = message->udiag_state == kListen;
  const auto* attribute = reinterpret_cast<const rtattr*>(message + 1);
  int left = header->nlmsg_len - NLMSG_LENGTH(sizeof *message);
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    switch (attribute->rta_type) {
      case UNIX_DIAG_NAME:
        entry.name.assign(static_cast<const char*>(RTA_DATA(attribute)),
                          RTA_PAYLOAD(attribute));
        break;
      case UNIX_DIAG_VFS:
        entry.file_inode = Read<unix_diag_vfs>(attribute).udiag_vfs_ino;
        break;
      case UNIX_DIAG_PEER:
        entry.has_peer = true;
        break;
      case UNIX_DIAG_RQLEN:
        entry.waiting = Read<unix_diag_rqlen>(attribute).udiag_rqueue;
        break;
    }
  }
  // The kernel may count the NUL behind a path.
  if (!entry.name.empty() && entry.name[0] != '\0') {
    entry.name.resize(std::strlen(entry.name.c_str()));
  }
  return entry;
}

unix_diag_req Request(uint64_t inode, uint32_t show) {
  unix_diag_req request{};
  request.sdiag_family = AF_UNIX;
  request.udiag_states = kEveryState;
  request.udiag_ino = static_cast<uint32_t>(inode);
  request.udiag_show = show;
  // Of no matter.
  request.udiag_cookie[0] = request.udiag_cookie[1] = ~0u;
  return request;
}

}  // namespace

absl::StatusOr<std::vector<UnixSocketEntry>> ListUnixSockets() {
  const unix_diag_req request = Request(
      0, UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN);
  std::vector<UnixSocketEntry> entries;
  RETURN_IF_ERROR(AskSockDiag(&request, sizeof request, true,
                              [&entries](const nlmsghdr* answer) {
                                entries.push_back(ReadEntry(answer));
                                return absl::OkStatus();
                              }));
  return entries;
}

absl::StatusOr<UnixSocketEntry> FindUnixSocket(uint64_t inode) {
  const unix_diag_req request = Request(inode, UDIAG_SHOW_RQLEN);
  UnixSocketEntry entry;
  RETURN_IF_ERROR(AskSockDiag(&request, sizeof request, false,
                              [&entry](const nlmsghdr* answer) {
                                entry = ReadEntry(answer);
                                return absl::OkStatus();
                              }));
  return entry;
}

}  // namespace rollout::shim
