// SPDX-License-Identifier: Apache-2.0
//
// Since when deadlines run. They are wall-clock times: after a step of that
// clock (a suspended machine, NTP) all would be over at once, though no host
// has had that time, so they start over.
//
// Not thread-safe.

#ifndef CONTROLLER_RECONCILE_DEADLINE_START_H_
#define CONTROLLER_RECONCILE_DEADLINE_START_H_

#include "absl/time/time.h"
#include "base/clock.h"

namespace rollout::reconcile {

class DeadlineStart {
 public:
  // `clock` must outlive this.
  explicit DeadlineStart(const Clock& clock) : clock_(clock) {}

  // Deadlines run from now.
  void Begin();
  // They start over if the wall clock was set since.
  void Check();
  // No deadline runs from before this.
  absl::Time time() const { return time_; }

 private:
  const Clock& clock_;
  absl::Time time_;
  // What the wall clock shows at uptime 0.
  absl::Time origin_;
};

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_DEADLINE_START_H_
