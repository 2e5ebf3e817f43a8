// SPDX-License-Identifier: Apache-2.0
//
// Time as the rest of the tree sees it, so that tests can hold it in hand.

#ifndef BASE_CLOCK_H_
#define BASE_CLOCK_H_

#include "absl/time/time.h"

namespace rollout {

// Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time: for records, and for what must survive a restart.
  virtual absl::Time Now() const = 0;

  // Time since some point in the past, never set back (CLOCK_MONOTONIC): for
  // time-outs and durations within a process and, on one host, between
  // processes.
  virtual absl::Duration Uptime() const = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Uptime() const override;
};

}  // namespace rollout

#endif  // BASE_CLOCK_H_
