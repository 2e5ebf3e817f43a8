// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/removal_invariants.h"

#include "absl/strings/str_cat.h"
#include "controller/store/removal.h"

namespace rollout::simulation {

void RemovalInvariants::OnPlan(const store::PlanRecord& plan) {
  const std::string& name = plan.plan().name();
  if (!plan.removal().stop()) {
    waited_for_.erase(name);
    return;
  }
  asked_.insert({name, store::RemovalNumber(plan)});
  for (const auto& [host, record] : evidence_.Assignments(name)) {
    waited_for_[name].insert(host);
  }
}

Finding RemovalInvariants::CheckGone(const std::string& plan) {
  for (const std::string& host : waited_for_[plan]) {
    if (serves_ && serves_(host, plan)) {
      return Violation{"RemovedMeansEnded",
                       absl::StrCat(plan, " is gone, and ", host, " serves")};
    }
  }
  waited_for_.erase(plan);
  return std::nullopt;
}

Finding RemovalInvariants::CheckTold(const std::string& host,
                                     const std::string& plan,
                                     int64_t removal) const {
  if (asked_.count({plan, removal}) > 0) return std::nullopt;
  return Violation{"AbsenceNeverStops",
                   absl::StrCat(host, " is told to end ", plan,
                                ", which nobody has asked for")};
}

}  // namespace rollout::simulation
