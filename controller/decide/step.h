// SPDX-License-Identifier: Apache-2.0
//
// What a pass asks for: one kind of change, on some hosts.

#ifndef CONTROLLER_DECIDE_STEP_H_
#define CONTROLLER_DECIDE_STEP_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "controller/decide/host_state.h"
#include "controller/decide/view.h"

namespace rollout::decide {

enum class StepKind {
  kNone,
  // A host that has never been given anything, while another revision than the
  // stable one is being brought in: [R0:1000]. Needs no room, with one
  // revision. Begins the change of the host.
  kEquip,
  // [R0:1000] -> [R0:0, R1:1000], or at a canary step [R0:950, R1:50]: the
  // agent does it once R1 is ready. A host without R0: [R1:1000]. A host whose
  // clients shall go back to R0 first: [R0:1000, R1:0]. Begins the change of
  // the host.
  kBringIn,
  // [R0:1000, R1:0] -> [R0:950, R1:50] -> [R0:0, R1:1000]: R1 is ready, and
  // gets what the step gives it.
  kShift,
  // The host has got to what is assigned, which stays.
  kSettle,
  // The host has failed, or is late, which the rollout tolerates; what is
  // assigned stays.
  kTolerate,
  // [R0:0, R1:1000] -> [R1:1000].
  kEndWarm,
  // Anything -> [R0:1000]. Begins the change of the host.
  kGoBack,
  // [R0:950, R1:50] -> [R0:1000]: R1 is not what the rollout brings, and the
  // host's turn has not come. Begins the change of the host.
  kWithdraw,
};

// Changes of hosts begin with it.
bool Begins(StepKind kind);

struct HostAction {
  // Index in PlanView::hosts.
  size_t host = 0;
  // All the host shall run from now on.
  std::vector<WeightedRevision> revisions;
};

struct Step {
  StepKind kind = StepKind::kNone;
  std::vector<HostAction> actions;
};

// The hosts of a plan and what each counts as, side by side.
struct Classified {
  const PlanView& plan;
  const std::vector<HostState>& states;
};

// The revision hosts are to be on, and the rollout that asks for it.
struct Target {
  std::string revision;
  int64_t attempt = 0;
  // How often it asks a host again that has failed.
  int retries = 0;
};

// Of the rollout in its present phase: of one that goes back, the stable
// revision.
Target TargetOf(const PlanView& plan);

// The revision with this weight. The target is asked for anew, which a live
// generation does not feel and one that failed in an earlier attempt does; any
// other revision stays under the attempt it was asked for by.
WeightedRevision Weigh(const HostView& host, const std::string& revision,
                       int weight, const Target& target);

// The host is well on the target, or was sent there by this very attempt.
bool IsAskedFor(const HostView& host, const Target& target);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_STEP_H_
