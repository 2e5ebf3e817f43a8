// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/descriptor_passing.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace rollout::shim {
namespace {

constexpr size_t kMaxDescriptors = 16;

void ReadControl(const cmsghdr* control, Received* received) {
  if (control->cmsg_level != SOL_SOCKET) return;
  const unsigned char* data = CMSG_DATA(control);
  if (control->cmsg_type == SCM_CREDENTIALS) {
    ucred credentials;
    std::memcpy(&credentials, data, sizeof credentials);
    received->sender = credentials.pid;
    return;
  }
  if (control->cmsg_type != SCM_RIGHTS) return;
  size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; ++i) {
    int fd;
    std::memcpy(&fd, data + i * sizeof fd, sizeof fd);
    UniqueFd owned(fd);
    if (!received->descriptor.valid()) received->descriptor = std::move(owned);
  }
}

}  // namespace

bool SendDescriptor(int socket, int descriptor) {
  char byte = 0;
  iovec data{&byte, sizeof byte};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof byte;
}

Received ReceiveMessage(int socket, void* buffer, size_t capacity, int flags) {
  iovec data{buffer, capacity};
  alignas(cmsghdr) char space[CMSG_SPACE(kMaxDescriptors * sizeof(int)) +
                              CMSG_SPACE(sizeof(ucred))];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  Received received;
  received.size = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  if (received.size < 0) return received;
  received.cut = (message.msg_flags & MSG_TRUNC) != 0;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    ReadControl(control, &received);
  }
  return received;
}

}  // namespace rollout::shim
