// SPDX-License-Identifier: Apache-2.0

#include "base/backoff.h"

#include <algorithm>

#include "absl/random/distributions.h"

namespace rollout {

absl::Duration Backoff::Next(absl::BitGenRef random) {
  absl::Duration step = next_;
  next_ = std::min(next_ * 2, limit_);
  return step * absl::Uniform(random, 0.5, 1.0) +
         spread_ * absl::Uniform(random, 0.0, 1.0);
}

}  // namespace rollout
