// SPDX-License-Identifier: Apache-2.0
//
// What the plans take of the hosts that may be in change in the whole fleet
// (maxHostsInChange), and which of them wait for more of it.
//
// Not thread-safe.

#ifndef CONTROLLER_RECONCILE_FLEET_ROOM_H_
#define CONTROLLER_RECONCILE_FLEET_ROOM_H_

#include <map>
#include <string>
#include <vector>

#include "controller/decide/view.h"

namespace rollout::reconcile {

class FleetRoom {
 public:
  // So many hosts of all plans together may be in change.
  explicit FleetRoom(int limit) : limit_(limit) {}

  // What a plan has before its first pass counts it: others' come before it.
  void Begin(const std::string& plan, int in_change);

  // As the plan's next pass sees it.
  decide::FleetView ViewOf(const std::string& plan) const;

  // A pass of the plan leaves so many of its hosts in change. Returns the other
  // plans for which there is room now, and was none. Not the plan itself: it is
  // about to store what that pass decided.
  std::vector<std::string> Take(const std::string& plan, int in_change);

  // The plan is gone; none of its hosts was left in change.
  void Forget(const std::string& plan) { shares_.erase(plan); }

 private:
  struct Share {
    int in_change = 0;
    // There was no more for it. Of a plan that is at rest as well: hosts join
    // later, or come back.
    bool waits = false;
  };

  bool is_full() const { return taken_ >= limit_; }

  const int limit_;
  // By all of them; a host that two plans change counts twice.
  int taken_ = 0;
  std::map<std::string, Share> shares_;
};

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_FLEET_ROOM_H_
