// SPDX-License-Identifier: Apache-2.0
//
// Canary steps: on how many hosts, and with which share of their connections, a
// rollout goes on now, and whether it may go further.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_CANARY_H_
#define CONTROLLER_DECIDE_CANARY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/step.h"
#include "controller/decide/view.h"

namespace rollout::decide {

// How far hosts are taken for the time being.
struct Course {
  // How many may have been asked for the revision.
  int hosts = 0;
  // The share of each.
  int weight = kWholeWeight;
};

// The one of the step the rollout is at. With 15 hosts and the steps 1 host at
// 5 %, 25 % of the hosts at 100 %: {1, 50}, then {4, 1000}, then {15, 1000}. A
// host that shares its connections is in change, so a step with a part of the
// weight takes no more hosts than may be. After the last step, and in any phase
// but kProgressing: all hosts, all of the weight.
Course CourseOf(const PlanView& plan);

// Where the rollout stands with its steps after this pass.
struct StepState {
  size_t done = 0;
  // Of the one it is at; infinite future: its hosts are not there.
  absl::Time reached = absl::InfiniteFuture();
  // Why it does not go further though they are ("Baking", "ApprovalRequired");
  // empty: it does, or they are not.
  std::string waiting;
  std::string waiting_message;
  // When the bake is over.
  absl::Time next = absl::InfiniteFuture();
};

// A step ends when each host asked for the target has its share and is well, no
// further one would be asked, and bake and approval are there. At most one ends
// in a pass. A host that is not well any more, or silent for a whole lease,
// makes the bake begin anew.
StepState FollowStep(const Classified& hosts, const Target& target);

// Indices of `labels`, which are those of hosts sorted by name, in the order in
// which the hosts get their turn: one of each label value, then the second of
// each, and so on, so that a few canaries are spread over all. a a a b c c ->
// 0 3 4 1 5 2.
std::vector<size_t> SpreadOrder(const std::vector<std::string>& labels);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_CANARY_H_
