// SPDX-License-Identifier: Apache-2.0
//
// What changed between two statuses of a plan, a line each: how a watch reads
// in a log file.

#ifndef ROLLOUTCTL_RENDER_CHANGE_LINES_H_
#define ROLLOUTCTL_RENDER_CHANGE_LINES_H_

#include <string>
#include <vector>

#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

// Lines without an end, in the order of the rollout and then its hosts:
//
//   web: rollout 3 is Progressing, 1 of 3 hosts updated
//   web-2: Starting, 77aa01bb2c 100%, 3f2a91c0de 0% (waits for its probe)
//
// With an empty `before` all that is there. A reason in which only numbers
// differ ("served 4s of 10s") has not changed. A pure function.
std::vector<std::string> ChangeLines(const v1::PlanStatus& before,
                                     const v1::PlanStatus& after);

// The first of them alone, whether or not it changed.
std::string RolloutLine(const v1::PlanStatus& status);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_CHANGE_LINES_H_
