// SPDX-License-Identifier: Apache-2.0
//
// What a decision is made from: one plan, its newest rollout and the hosts it
// selects, as small values. Kept up by controller/reconcile.

#ifndef CONTROLLER_DECIDE_VIEW_H_
#define CONTROLLER_DECIDE_VIEW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/limits.h"
#include "controller/decide/phases.h"

namespace rollout::decide {

// All of the new connections of a service, in thousandths.
constexpr int kWholeWeight = 1000;

struct WeightedRevision {
  std::string revision;
  int weight = 0;
  // The rollout that asks for it.
  int64_t attempt = 0;

  bool operator==(const WeightedRevision& other) const {
    return revision == other.revision && weight == other.weight &&
           attempt == other.attempt;
  }
};

enum class GenerationState {
  kStarting,  // from the fetch of its artifact to the first passed probe
  kReady,     // could serve, no client reaches it
  kServing,
  kWarm,  // served before; kept for the way back
  kDraining,
  kEnded,
  kFailed,
};

struct GenerationView {
  int64_t number = 0;
  std::string revision;
  int64_t attempt = 0;
  GenerationState state = GenerationState::kStarting;
  int weight = 0;
  bool ready = false;
  // For how long it had had all of the weight and been ready when it was
  // observed: what it has done since nobody knows.
  absl::Duration serving_for;
  // Why it failed or what it waits for.
  std::string message;
};

struct HostView {
  std::string name;
  // Its stream is up.
  bool connected = false;
  // Has told what it runs since this controller started; `generations` is what
  // it told last.
  bool reported = false;
  // Silent for a whole lease.
  bool lease_over = false;
  // In the order of an AssignmentRecord; empty: has never been given one.
  std::vector<WeightedRevision> assigned;
  absl::Time began;
  absl::Time changed;
  bool settled = false;
  // Age of what was told last.
  absl::Duration observed_for;
  std::vector<GenerationView> generations;
};

struct StrategyView {
  HostLimit max_surge = HostLimit::Count(1);
  HostLimit max_unavailable = HostLimit::Count(0);
  HostLimit max_overlap = HostLimit::Percent(100);
  absl::Duration min_ready = absl::Seconds(10);
  absl::Duration host_deadline = absl::Seconds(300);
  absl::Duration progress_deadline = absl::Seconds(600);
  absl::Duration keep_warm = absl::Minutes(10);
  bool auto_rollback = true;
};

struct RolloutView {
  int64_t number = 0;
  std::string revision;
  // Empty: none.
  std::string stable_revision;
  Phase phase = Phase::kProgressing;
  bool paused = false;
  // An operator asked for the way back.
  bool aborted = false;
  // When a host last got there or went back, or the way back began.
  absl::Time progressed;
  // No clock runs from before this: since then the rollout has been neither
  // paused nor waiting, and this controller has been there. Of one that waits:
  // now. Of one that is over: its end.
  absl::Time running_since;
};

struct PlanView {
  absl::Time now;
  StrategyView strategy;
  RolloutView rollout;
  // Those the plan selects, in the order in which they get their turn.
  std::vector<HostView> hosts;
};

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_VIEW_H_
