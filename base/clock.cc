// SPDX-License-Identifier: Apache-2.0

#include "base/clock.h"

#include <time.h>

#include "absl/time/clock.h"

namespace rollout {

absl::Time SystemClock::Now() const { return absl::Now(); }

absl::Duration SystemClock::Uptime() const {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace rollout
