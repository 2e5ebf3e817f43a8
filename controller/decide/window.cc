// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/window.h"

#include <algorithm>

namespace rollout::decide {

Window::Window(const Classified& hosts, const Target& target)
    : states_(hosts.states), target_(target) {
  const StrategyView& strategy = hosts.plan.strategy;
  const int desired = hosts.plan.hosts.size();
  auto limits =
      ResolveLimits(strategy.max_surge, strategy.max_unavailable, desired);
  // Both zero is refused when a plan is applied.
  limits_ = limits.ok() ? *limits : Limits{1, 0};
  room_ = std::min(limits_.change(), hosts.plan.fleet.room());
  overlap_ = ResolveOverlap(strategy.max_overlap, desired);
  for (const HostState& state : states_) {
    in_change_ += state.in_change;
    unavailable_ += state.unavailable;
    out_or_in_change_ += state.unavailable || state.in_change;
    overlapping_ += state.overlapping;
  }
}

bool Window::MayTouchHealthy() const {
  return limits_.surge > 0 ? unavailable_ <= limits_.unavailable
                           : out_or_in_change_ < limits_.unavailable;
}

bool Window::WouldOverlap(size_t host) const {
  return !states_[host].overlapping && !states_[host].serving.empty() &&
         states_[host].serving != target_.revision;
}

bool Window::TakeOverlap(size_t host) {
  if (!WouldOverlap(host)) return true;
  if (overlapping_ >= overlap_) return false;
  ++overlapping_;
  return true;
}

bool Window::TakeRoom(size_t host) {
  if (in_change_ >= room_ || !TakeOverlap(host)) return false;
  ++in_change_;
  out_or_in_change_ += !states_[host].unavailable;
  return true;
}

Obstacle Window::ObstacleOf(size_t host) const {
  const bool is_crowded = WouldOverlap(host) && overlapping_ >= overlap_;
  if (states_[host].in_change) {
    return is_crowded ? Obstacle::kOverlap : Obstacle::kNone;
  }
  if (!states_[host].unavailable && !MayTouchHealthy()) {
    return Obstacle::kUnavailable;
  }
  if (in_change_ >= limits_.change()) return Obstacle::kSurge;
  if (in_change_ >= room_) return Obstacle::kFleet;
  return is_crowded ? Obstacle::kOverlap : Obstacle::kNone;
}

}  // namespace rollout::decide
