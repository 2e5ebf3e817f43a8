// SPDX-License-Identifier: Apache-2.0
//
// The system's clock, with a wall clock that can be set.

#ifndef TESTS_FAKES_ADJUSTED_CLOCK_H_
#define TESTS_FAKES_ADJUSTED_CLOCK_H_

#include <atomic>

#include "absl/time/time.h"
#include "base/clock.h"

namespace rollout {

class AdjustedClock : public Clock {
 public:
  absl::Time Now() const override {
    return clock_.Now() + absl::Seconds(ahead_s_.load());
  }
  absl::Duration Uptime() const override { return clock_.Uptime(); }
  // Negative: back.
  void SetAhead(int seconds) { ahead_s_ = seconds; }

 private:
  const SystemClock clock_{};
  std::atomic<int> ahead_s_{0};
};

}  // namespace rollout

#endif  // TESTS_FAKES_ADJUSTED_CLOCK_H_
