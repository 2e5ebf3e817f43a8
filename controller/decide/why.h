// SPDX-License-Identifier: Apache-2.0
//
// The one rule that holds each host back now, for people. What is asked here is
// what a pass decides by, so the answer is the truth.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_WHY_H_
#define CONTROLLER_DECIDE_WHY_H_

#include <string>
#include <vector>

#include "controller/decide/view.h"

namespace rollout::decide {

struct HostWhy {
  // One word a script can rely on; empty: the host is where the rollout wants
  // it. By the first that holds:
  //   Disconnected      it can't be reached
  //   HostFailed, HostDeadlineExceeded
  //                     it was asked, and has failed or is late
  //   RolloutOver       the rollout ended, or turned, before it got there
  //   Starting          its agent brings the revision up
  //   Draining          another generation of it has not ended
  //   MinReady          it has not served for long enough
  //   Paused            the rollout is
  //   Cordoned, Frozen  an operator holds it
  //   RetryPause        it has failed, and is asked again in a while
  //   CanaryStep, Baking, ApprovalRequired
  //                     the step takes no more hosts, or no more of this one
  //   MaxUnavailable, MaxSurge, MaxHostsInChange, MaxOverlap
  //                     a limit is full
  //   NextPass          nothing: it is asked at this moment
  std::string rule;
  // A sentence: what there is of what may be, and who takes it.
  std::string message;
};

// Beside plan.hosts. As cheap as a pass.
std::vector<HostWhy> Why(const PlanView& plan);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_WHY_H_
