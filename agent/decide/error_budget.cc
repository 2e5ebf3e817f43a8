// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/error_budget.h"

namespace rollout::agent {

void ErrorBudget::AddFailure(absl::Duration now) {
  failed_.push_back(now);
  if (failed_.size() > failures_ + 1) failed_.pop_front();
}

bool ErrorBudget::IsSpent(absl::Duration now) const {
  return failed_.size() > failures_ && now - failed_.front() < window_;
}

}  // namespace rollout::agent
