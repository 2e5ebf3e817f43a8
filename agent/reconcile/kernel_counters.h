// SPDX-License-Identifier: Apache-2.0
//
// The kernel's own word on whether a swap lost a connection: its TCP counters.

#ifndef AGENT_RECONCILE_KERNEL_COUNTERS_H_
#define AGENT_RECONCILE_KERNEL_COUNTERS_H_

#include "absl/strings/string_view.h"
#include "base/file_system.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::agent {

// From the text of a file like /proc/net/snmp or /proc/net/netstat, see
// proc(5): of each group a line of names and a line of values. What is not in
// there, or is no number, is left as it is.
void AddKernelCounters(absl::string_view text, v1::KernelCounters* counters);

// Of this process's network namespace. A file that can't be read adds nothing.
v1::KernelCounters ReadKernelCounters(FileSystem& files);

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_KERNEL_COUNTERS_H_
