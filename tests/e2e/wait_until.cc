// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/wait_until.h"

#include "absl/time/clock.h"
#include "base/clock.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Milliseconds(5);

}  // namespace

bool WaitUntil(absl::Duration limit, const std::function<bool()>& condition) {
  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + limit;
  while (!condition()) {
    if (clock.Uptime() >= end) return false;
    absl::SleepFor(kBetweenLooks);
  }
  return true;
}

}  // namespace rollout::e2e
