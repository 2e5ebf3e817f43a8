// SPDX-License-Identifier: Apache-2.0
//
// The sliding window: how many hosts may be in change, out of service and with
// two generations, and how many of them are.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_WINDOW_H_
#define CONTROLLER_DECIDE_WINDOW_H_

#include <cstddef>
#include <vector>

#include "controller/decide/limits.h"
#include "controller/decide/step.h"

namespace rollout::decide {

// What keeps a host from its turn.
enum class Obstacle {
  kNone,
  // The canary step takes no further host.
  kCanaryStep,
  // A healthy one is not touched while so many are out of service.
  kUnavailable,
  // So many are in change: of the plan, of all plans.
  kSurge,
  kFleet,
  // So many have two generations.
  kOverlap,
};

// A value. Hosts are indices in PlanView::hosts.
class Window {
 public:
  Window(const Classified& hosts, const Target& target);

  // Where changing hosts are not out of service a host may be touched as long
  // as no more than may be are; where they are, each one is one more.
  bool MayTouchHealthy() const;

  // Once it is asked for the target, and is not now.
  bool WouldOverlap(size_t host) const;

  // Hosts that may still begin.
  int free() const { return room_ - in_change_; }
  // Hosts that overlap beyond those that may, if so many more do.
  int OverlapExcess(int more) const { return overlapping_ + more - overlap_; }

  // Count the host in, if there is room for it; false: there is none. A host
  // that is in change already takes of the overlap alone.
  bool TakeOverlap(size_t host);
  bool TakeRoom(size_t host);

  // Why TakeRoom gives this host none or, if it is in change, TakeOverlap.
  Obstacle ObstacleOf(size_t host) const;

  const Limits& limits() const { return limits_; }
  int overlap() const { return overlap_; }
  int in_change() const { return in_change_; }
  int unavailable() const { return unavailable_; }

 private:
  const std::vector<HostState>& states_;
  const Target& target_;
  Limits limits_;
  // Hosts that may be in change, for the sake of the plan and of the fleet.
  int room_ = 1;
  int overlap_ = 1;
  int in_change_ = 0;
  int unavailable_ = 0;
  int out_or_in_change_ = 0;
  int overlapping_ = 0;
};

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_WINDOW_H_
