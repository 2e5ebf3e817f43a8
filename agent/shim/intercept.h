// SPDX-License-Identifier: Apache-2.0
//
// Answers a service's intercepted system calls: binds and listens its endpoints
// in its place, on its own sockets, as members of the listener groups.

#ifndef AGENT_SHIM_INTERCEPT_H_
#define AGENT_SHIM_INTERCEPT_H_

#include <linux/seccomp.h>

#include <string>

#include "absl/status/status.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// What a generation says about a listener it is about to get.
class InterceptOwner {
 public:
  virtual ~InterceptOwner() = default;

  // The service binds `address`: OK: it is an endpoint, bind it as ours.
  // NotFound: it is none of our business. Else refused: why.
  virtual absl::Status JudgeBind(const NetAddress& address, bool v6_only) = 0;

  // Makes `socket`, bound to an endpoint, a listener; or listens again on one
  // that is. NotFound: it is none of our business.
  virtual absl::Status Listen(UniqueFd socket, int backlog) = 0;

  // A call was refused: why, for people.
  virtual void OnProblem(const std::string& problem) = 0;
};

// Asks the kernel to run asker and shim in turn on one processor, as they wait
// for each other (seccomp_unotify(2), Linux 6.6); an older one does not.
void PrepareNotifications(int seccomp_fd);

// Takes one question from the seccomp descriptor and answers it. The service's
// thread waits in its system call meanwhile. Whatever happens, there is an
// answer; an interrupted or dead asker needs none.
void HandleNotification(int seccomp_fd, InterceptOwner& owner);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_INTERCEPT_H_
