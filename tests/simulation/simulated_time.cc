// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/simulated_time.h"

#include <algorithm>

namespace rollout::simulation {

void SimulatedTime::After(absl::Duration delay, Task task) {
  const absl::Duration due = uptime_ + std::max(delay, absl::ZeroDuration());
  events_.emplace(std::make_pair(due, next_++), std::move(task));
}

bool SimulatedTime::Step(absl::Duration end) {
  if (events_.empty() || events_.begin()->first.first > end) {
    uptime_ = std::max(uptime_, end);
    return false;
  }
  auto first = events_.begin();
  uptime_ = first->first.first;
  const Task task = std::move(first->second);
  events_.erase(first);
  task();
  return true;
}

absl::Duration SimulatedTime::Between(absl::Duration least,
                                      absl::Duration most) {
  constexpr int kParts = 1000;
  return least + (most - least) * Below(kParts) / kParts;
}

void SimulatedLoop::PostAfter(absl::Duration delay, Task task) {
  if (!*runs_) return;
  time_.After(delay, [runs = runs_, task = std::move(task)] {
    if (*runs) task();
  });
}

}  // namespace rollout::simulation
