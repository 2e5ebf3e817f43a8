// SPDX-License-Identifier: Apache-2.0
//
// The classic BPF program on a listener group: leads a client with a
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
  // Share of new clients, in thousandths.
  uint32_t permille = 0;
  // Its listeners' places in the group; a client goes to any of them.
  std::vector<uint32_t> indexes;
};

// What a client that has no mark is drawn by.
enum class Draw {
  // A random number each time: for connections, of which the kernel asks once.
  kByChance,
  // A hash of its address and port: for datagrams, of which the kernel asks
  // each time. A client stays where it is while the shares stay; when one grows
  // at the cost of another, only clients of the other move.
  kByFlow,
};

// The program. Targets without listeners are left out; shares are of the sum
// of what is left (1000 in a healthy group). When nobody has a share, the first
// target has all: somebody must.
//
// What it returns is an index into the group; one that is not there makes the
// kernel choose by hash, so it never returns one.
std::vector<sock_filter> BuildSteering(
    const std::vector<SteeringTarget>& targets, Draw draw = Draw::kByChance);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_STEERING_H_
