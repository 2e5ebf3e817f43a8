// SPDX-License-Identifier: Apache-2.0
//
// Answers a service's intercepted system calls: binds and listens its endpoints
// in its place, on its own sockets, as members of the endpoints' groups.

#ifndef AGENT_SHIM_INTERCEPT_H_
#define AGENT_SHIM_INTERCEPT_H_

#include <linux/seccomp.h>

#include <functional>

#include "agent/shim/intercept_owner.h"

namespace rollout::shim {

// Asks the kernel to run asker and shim in turn on one processor, as they wait
// for each other (seccomp_unotify(2), Linux 6.6); an older one does not.
void PrepareNotifications(int seccomp_fd);

// Takes one question from the seccomp descriptor and answers it. The service's
// thread waits in its system call meanwhile. Whatever happens, there is an
// answer; an interrupted or dead asker needs none. The question is kept in
// `call`, which is all 0. `before_answer`: called when all is done but that: an
// asker who has his answer does not ask again.
void HandleNotification(int seccomp_fd, seccomp_notif* call,
                        InterceptOwner& owner,
                        const std::function<void()>& before_answer);

// Answers one that somebody else has taken, and perhaps obeyed in part, before
// he was killed. Nothing happens if it was answered.
void AnswerAgain(int seccomp_fd, const seccomp_notif& call,
                 InterceptOwner& owner,
                 const std::function<void()>& before_answer);

// Answers it with EAGAIN.
void RefuseCall(int seccomp_fd, const seccomp_notif& call);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_INTERCEPT_H_
