// SPDX-License-Identifier: Apache-2.0
//
// Questions to the kernel about sockets of this network namespace, see
// sock_diag(7): one request, its answers.

#ifndef AGENT_SHIM_SOCK_DIAG_H_
#define AGENT_SHIM_SOCK_DIAG_H_

#include <linux/netlink.h>

#include <cstddef>
#include <functional>

#include "absl/status/status.h"

namespace rollout::shim {

// Sends the `size` bytes at `request`, which say what is asked of which family,
// and gives each answer to `on_answer`; `all`: of every socket there is, else
// of the one that the request names. NotFound: there is no such socket.
// Unavailable: the kernel did not answer. Else what `on_answer` returned.
absl::Status AskSockDiag(
    const void* request, size_t size, bool all,
    const std::function<absl::Status(const nlmsghdr* answer)>& on_answer);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SOCK_DIAG_H_
