// SPDX-License-Identifier: Apache-2.0
//
// An agent whose shim says anything: the real connection, and what is made of
// the states it tells.

#ifndef TESTS_FUZZ_PACKETS_TO_AGENT_H_
#define TESTS_FUZZ_PACKETS_TO_AGENT_H_

#include <string>
#include <vector>

namespace rollout::fuzz {

// Answers a hello properly or, `with_hello`, with the first of `packets`; then
// sends the rest and hangs up. CHECKs that a request is answered once, that the
// end is told, and that what the agent would tell on is well-formed.
void GiveToAgent(const std::vector<std::string>& packets, bool with_hello);

}  // namespace rollout::fuzz

#endif  // TESTS_FUZZ_PACKETS_TO_AGENT_H_
