// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/deadline_start.h"

#include <utility>

#include "base/log.h"
#include "controller/view/plan_view.h"

namespace rollout::reconcile {

void DeadlineStart::Begin() {
  time_ = clock_.Now();
  origin_ = time_ - clock_.Uptime();
}

void DeadlineStart::Check() {
  absl::Time now = clock_.Now();
  absl::Time origin = now - clock_.Uptime();
  absl::Duration step = origin - std::exchange(origin_, origin);
  if (absl::AbsDuration(step) <= view::kClockSlack) return;
  LogWarning("engine: the wall clock was set by ", absl::FormatDuration(step),
             ": deadlines start over");
  time_ = now;
}

}  // namespace rollout::reconcile
