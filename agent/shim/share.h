// SPDX-License-Identifier: Apache-2.0
//
// What new connections a generation gets, as all groups of a service know it.

#ifndef AGENT_SHIM_SHARE_H_
#define AGENT_SHIM_SHARE_H_

#include <cstdint>
#include <vector>

namespace rollout::shim {

struct Share {
  uint64_t generation = 0;
  // SO_MARK of a connection that shall reach it.
  uint32_t mark = 0;
  // Thousandths of the others.
  uint32_t permille = 0;

  bool operator==(const Share& other) const {
    return generation == other.generation && mark == other.mark &&
           permille == other.permille;
  }
};

// In the order of who takes clients when nobody has a share; all generations
// that have or may get listeners.
using Shares = std::vector<Share>;

// Whether clients are led to the generation: it has a share, or nobody has and
// it is the first.
bool Serves(const Shares& shares, uint64_t generation);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SHARE_H_
