// SPDX-License-Identifier: Apache-2.0

#include "tests/e2e/wait_until.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "base/clock.h"

namespace rollout::e2e {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Milliseconds(5);
// A look may run rolloutctl: what is waited for needs the processor, too.
constexpr int kRestForLook = 2;

}  // namespace

bool WaitUntil(absl::Duration limit, const std::function<bool()>& condition) {
  const SystemClock clock;
  const absl::Duration end = clock.Uptime() + limit;
  while (true) {
    const absl::Duration began = clock.Uptime();
    if (condition()) return true;
    const absl::Duration now = clock.Uptime();
    if (now >= end) return false;
    absl::SleepFor(std::max(kBetweenLooks, kRestForLook * (now - began)));
  }
}

}  // namespace rollout::e2e
