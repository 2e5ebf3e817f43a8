// SPDX-License-Identifier: Apache-2.0
//
// The way back: after a failure or an abort every host returns to the stable
// revision. Where that is still alive, at once on all hosts: it takes one
// system call and the stable revision is proven. Where it has to be started
// again, on as many hosts at a time as may be in change.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_ROLLBACK_H_
#define CONTROLLER_DECIDE_ROLLBACK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "controller/decide/step.h"
#include "controller/decide/window.h"

namespace rollout::decide {

// Has been given something else and not yet been sent back; whether this
// rollout gave it or one that it superseded.
bool HasToGoBack(const Classified& hosts, size_t i, const Target& stable);

// Was sent back and the stable revision does not serve there yet.
bool IsStartingAgain(const Classified& hosts, size_t i, const Target& stable);

// The next step of hosts that have left the stable revision: those where it is
// ready, all at once; then those out of service; then the others. Hosts that
// can't be reached are left; they are mended when they come back.
Step NextStepBack(const Classified& hosts, const Target& stable);

// What keeps each host from going back, beside the hosts; none: it goes in this
// pass or the next. For those that can be reached and have to.
std::vector<Obstacle> FindObstaclesBack(const Classified& hosts,
                                        const Target& stable);

// Indices of the hosts that have a step before them or are in change, lost ones
// aside. None: the fleet is back.
std::vector<size_t> NotBack(const Classified& hosts, const Target& stable);

// What keeps such a host, as the end of a sentence that begins with its name.
std::string WhyNotBack(const Classified& hosts, size_t i, const Target& stable);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_ROLLBACK_H_
