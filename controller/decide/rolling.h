// SPDX-License-Identifier: Apache-2.0
//
// The way forward: which hosts take their next step towards a revision, within
// the limits. A sliding window: as soon as one host is there, the next begins.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_ROLLING_H_
#define CONTROLLER_DECIDE_ROLLING_H_

#include <vector>

#include "absl/time/time.h"
#include "controller/decide/canary.h"
#include "controller/decide/step.h"
#include "controller/decide/window.h"

namespace rollout::decide {

// The next step of hosts that are not on the target yet, in this order:
//   1. hosts with less of the target than its present step gives: shift
//   2. hosts that have come since: equip them with the stable revision
//   3. predecessors kept warm long enough, or whose rollout is `over`, or in
//      the way of the next host (the oldest first): end them
//   4. hosts on their way to something else, hosts out of service, then healthy
//      ones: bring the target in, on as many as the step asks for; again on
//      those that have failed with it and have another try
//   5. hosts that share their connections with what is not the target, and
//      whose turn is not now: withdraw
// Of 4, the first need no room in the window, they are in it. A healthy host is
// left alone while more hosts are out of service than may be. Where an operator
// holds a host, neither 2 nor 4 is done; while it is frozen, nor is 1.
Step NextStepForward(const Classified& hosts, const Target& target, bool over);

// Has been asked for the target, with less of the connections than the course
// gives it, and could take them: it is shifted, unless it can't be reached, is
// frozen, or the rollout is paused.
bool MayTakeMore(const HostView& host, const Target& target,
                 const Course& course);

// What keeps each host from being asked, beside the hosts; none: it is asked in
// this pass or the next, or was. For those that can be reached and that no
// operator holds.
std::vector<Obstacle> FindObstacles(const Classified& hosts,
                                    const Target& target);

// When time alone will make a step possible (keepWarm).
absl::Time NextStepForwardAt(const Classified& hosts);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_ROLLING_H_
