// SPDX-License-Identifier: Apache-2.0
//
// What this process may use of the machine.

#ifndef CONTROLLER_GITOPS_FETCH_PROCESS_LIMITS_H_
#define CONTROLLER_GITOPS_FETCH_PROCESS_LIMITS_H_

namespace rollout::gitops {

// 512 MiB of address space and 4 GiB for one file; no core, which would hold
// secrets; nothing it makes is for others to read. Before any thread starts.
// Beyond them allocations and writes fail. Under AddressSanitizer, which needs
// terabytes of address space, that one is left out.
void LimitProcess();

// Address space is as it was before, to tell of a failure.
void LiftMemoryLimit();

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_PROCESS_LIMITS_H_
