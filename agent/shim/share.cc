// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/share.h"

namespace rollout::shim {

bool Serves(const Shares& shares, uint64_t generation) {
  bool any_share = false;
  for (const Share& share : shares) {
    if (share.generation == generation && share.permille > 0) return true;
    any_share |= share.permille > 0;
  }
  return !any_share && !shares.empty() && shares[0].generation == generation;
}

}  // namespace rollout::shim
