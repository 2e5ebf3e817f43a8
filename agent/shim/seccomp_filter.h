// SPDX-License-Identifier: Apache-2.0
//
// The system call filter a service runs under when its handover is intercept:
// the shim is asked about bind and listen, all else goes on untouched.

#ifndef AGENT_SHIM_SECCOMP_FILTER_H_
#define AGENT_SHIM_SECCOMP_FILTER_H_

#include <linux/filter.h>

#include <vector>

namespace rollout::shim {

// The program. Calls of another architecture's ABI are let through: such a
// service is not intercepted, and never ready by our listeners.
//   bind, listen: the shim is asked.
//   unlink, chmod and the like, with `paths`: the shim is asked. Such a service
//     has a Unix socket as an endpoint; each of these calls takes 50 us more.
//   setsockopt of a reuseport program: the shim is asked, for it would replace
//     the steering program.
//   socket of Multipath TCP: EPROTONOSUPPORT, upon which programs (Go) take
//     plain TCP; its listeners cannot be steered.
std::vector<sock_filter> BuildSeccompFilter(bool paths);

// Puts the calling process under the filter and returns the descriptor the
// questions arrive at; the caller closes it. Without CAP_SYS_ADMIN this also
// sets no_new_privs. -1 and errno: EBUSY when a container engine has such a
// filter on us already. Safe after fork: allocates nothing.
int InstallSeccompFilter(const std::vector<sock_filter>& filter);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SECCOMP_FILTER_H_
