// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/fleet_room.h"

namespace rollout::reconcile {

void FleetRoom::Begin(const std::string& plan, int in_change) {
  taken_ += in_change;
  shares_[plan].in_change += in_change;
}

decide::FleetView FleetRoom::ViewOf(const std::string& plan) const {
  decide::FleetView view;
  view.limit = limit_;
  auto share = shares_.find(plan);
  view.in_change_elsewhere =
      taken_ - (share == shares_.end() ? 0 : share->second.in_change);
  return view;
}

std::vector<std::string> FleetRoom::Take(const std::string& plan,
                                         int in_change) {
  Share& share = shares_[plan];
  const bool gives = in_change < share.in_change;
  taken_ += in_change - share.in_change;
  share.in_change = in_change;
  share.waits = is_full();
  std::vector<std::string> plans;
  if (!gives || is_full()) return plans;
  for (const auto& [other, its] : shares_) {
    if (other != plan && its.waits) plans.push_back(other);
  }
  return plans;
}

}  // namespace rollout::reconcile
