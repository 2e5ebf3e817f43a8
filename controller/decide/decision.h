// SPDX-License-Identifier: Apache-2.0
//
// One pass over one plan: what its rollout's state is now, and the one kind of
// change that is made next. Whoever calls writes it down, then carries it out,
// then asks again.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_DECISION_H_
#define CONTROLLER_DECIDE_DECISION_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "controller/decide/host_state.h"
#include "controller/decide/phases.h"
#include "controller/decide/step.h"
#include "controller/decide/view.h"

namespace rollout::decide {

// The plan's hosts as the limits count them.
struct Counts {
  int desired = 0;
  // Settled on the revision the rollout goes to, or is on.
  int updated = 0;
  int unavailable = 0;
  int in_change = 0;
  int overlapping = 0;
  int failed = 0;
};

struct Decision {
  Step step;
  Phase phase = Phase::kProgressing;
  bool paused = false;
  // Why phase or pause changed in this pass; empty: they did not.
  std::string reason;
  std::string message;
  // Why no host is worked on and no clock runs ("NoHosts",
  // "Frozen", "HostsUnavailable", "FleetLimit", "HostsCordoned", "Baking",
  // "ApprovalRequired"); empty: it does not wait.
  std::string waiting;
  std::string waiting_message;
  // What holds back the next host, which is named in the message, where none is
  // on its way: a rule, see HostWhy; the progress deadline runs all the same.
  // Empty: hosts are on their way, or it waits, or all are there.
  std::string held;
  std::string held_message;
  // A host has got there, or goes back, or a canary step has ended: the
  // progress deadline starts over.
  bool progressed = false;
  // It has waited so long, and does no more: the deadline is later by that.
  absl::Duration waited;
  // As in RolloutView, after this pass.
  size_t steps_done = 0;
  absl::Time step_reached = absl::InfiniteFuture();
  Counts counts;
  // Hosts in change once the step is carried out, at the most.
  int in_change_then = 0;
  // The first host that failed, and why; empty: none.
  std::string failed_host;
  std::string failed_message;
  // When to ask again though nothing has happened.
  absl::Time next = absl::InfiniteFuture();
};

Decision Decide(const PlanView& plan);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_DECISION_H_
