// SPDX-License-Identifier: Apache-2.0
//
// Sends a descriptor over a Unix socket (SCM_RIGHTS), and takes what arrives.

#ifndef AGENT_SHIM_DESCRIPTOR_PASSING_H_
#define AGENT_SHIM_DESCRIPTOR_PASSING_H_

#include <sys/types.h>

#include <cstddef>

#include "base/unique_fd.h"

namespace rollout::shim {

// With one byte of data. `descriptor` stays the caller's. Safe after fork.
bool SendDescriptor(int socket, int descriptor);

struct Received {
  // As recvmsg returns it; errno is kept.
  ssize_t size = 0;
  // The message was longer than the buffer: its end is lost.
  bool cut = false;
  // The first descriptor that came along; any others are closed.
  UniqueFd descriptor;
  // Who sent it, with SO_PASSCRED; 0: not told.
  pid_t sender = 0;
};

// One message into `buffer`.
Received ReceiveMessage(int socket, void* buffer, size_t capacity, int flags);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_DESCRIPTOR_PASSING_H_
