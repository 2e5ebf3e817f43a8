// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/restart_policy.h"

#include <algorithm>

namespace rollout::agent {

absl::Duration RestartDelay(int failures) {
  constexpr absl::Duration kFirst = absl::Milliseconds(100);
  constexpr absl::Duration kLimit = absl::Seconds(30);
  // 2^9 times the first is beyond the limit; a larger shift would overflow.
  int doublings = std::clamp(failures - 1, 0, 9);
  return std::min(kFirst * (1 << doublings), kLimit);
}

}  // namespace rollout::agent
