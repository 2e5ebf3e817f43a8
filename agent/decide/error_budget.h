// SPDX-License-Identifier: Apache-2.0
//
// How many answers of a probe may fail within a window. A service that flaps
// never fails so often in a row that it counts as unhealthy, but it spends its
// budget:
//
//   5 in 1 m, an answer a second, every fifth one fails:
//   failures at 5, 10, 15, 20, 25 s are allowed, the one at 30 s is not
//
// Pure: no clock. Not thread-safe.

#ifndef AGENT_DECIDE_ERROR_BUDGET_H_
#define AGENT_DECIDE_ERROR_BUDGET_H_

#include <cstddef>
#include <deque>

#include "absl/time/time.h"

namespace rollout::agent {

class ErrorBudget {
 public:
  // So many answers may fail in any `window`.
  ErrorBudget(size_t failures, absl::Duration window)
      : failures_(failures), window_(window) {}

  // An answer failed. Times do not go back; the same clock for both.
  void AddFailure(absl::Duration now);

  // More failed in the window that ends now than may.
  bool IsSpent(absl::Duration now) const;

  size_t failures() const { return failures_; }
  absl::Duration window() const { return window_; }

 private:
  size_t failures_;
  absl::Duration window_;
  // Those that can tell, the oldest first: one more than may fail, at most.
  std::deque<absl::Duration> failed_;
};

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_ERROR_BUDGET_H_
