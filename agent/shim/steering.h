// SPDX-License-Identifier: Apache-2.0
//
// The classic BPF program on a listener group: leads a connection with a
// generation's mark to that generation, every other one by weight.
//
// Pure: values in, a program out.

#ifndef AGENT_SHIM_STEERING_H_
#define AGENT_SHIM_STEERING_H_

#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace rollout::shim {

// One generation as a group's program sees it.
struct SteeringTarget {
  uint32_t mark = 0;
  // Share of new connections, in thousandths.
  uint32_t permille = 0;
  // Its listeners' places in the group; a connection goes to any of them.
  std::vector<uint32_t> indexes;
};

// The program. Targets without listeners are left out; shares are of the sum
// of what is left (1000 in a healthy group). When nobody has a share, the first
// target has all: somebody must.
//
// What it returns is an index into the group; one that is not there makes the
// kernel choose by hash, so it never returns one.
std::vector<sock_filter> BuildSteering(
    const std::vector<SteeringTarget>& targets);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_STEERING_H_
