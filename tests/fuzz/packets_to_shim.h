// SPDX-License-Identifier: Apache-2.0
//
// A shim that is sent anything: the real control socket and service, up to the
// point where a process would start.

#ifndef TESTS_FUZZ_PACKETS_TO_SHIM_H_
#define TESTS_FUZZ_PACKETS_TO_SHIM_H_

#include <string>
#include <vector>

namespace rollout::fuzz {

// Sends `packets` on one connection, each when the one before is answered.
// CHECKs that every one gets its reply, or ends the connection; that what is
// accepted may be handed to the kernel; and that what is refused leaves
// nothing behind.
void GiveToShim(const std::vector<std::string>& packets);

}  // namespace rollout::fuzz

#endif  // TESTS_FUZZ_PACKETS_TO_SHIM_H_
