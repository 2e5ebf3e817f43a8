// SPDX-License-Identifier: Apache-2.0
//
// What this machine's kernel can do for us, found out by trying, and the one
// setting the agent makes.

#ifndef AGENT_RECONCILE_KERNEL_SUPPORT_H_
#define AGENT_RECONCILE_KERNEL_SUPPORT_H_

#include <string>
#include <vector>

namespace rollout::agent {

struct KernelSupport {
  // "6.1.0-18-amd64".
  std::string release;
  // What is missing and what follows from it, a sentence each. Empty:
  // everything works.
  std::vector<std::string> limitations;
};

// Also sets net.ipv4.tcp_migrate_req to 1 (ip-sysctl, Linux 5.14), so that what
// waits in a closed listener's queue moves to the living ones. It acts on
// groups made afterwards: call this before any service is started.
KernelSupport PrepareKernel();

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_KERNEL_SUPPORT_H_
