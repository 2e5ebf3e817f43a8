// SPDX-License-Identifier: Apache-2.0
//
// What a decision is made from: one plan, its newest rollout and the hosts it
// selects, as small values. Kept up by controller/view.

#ifndef CONTROLLER_DECIDE_VIEW_H_
#define CONTROLLER_DECIDE_VIEW_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
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
  // How often it has asked again, after a failure.
  int retry = 0;

  bool operator==(const WeightedRevision& other) const {
    return revision == other.revision && weight == other.weight &&
           attempt == other.attempt && retry == other.retry;
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
  int retry = 0;
  GenerationState state = GenerationState::kStarting;
  int weight = 0;
  bool ready = false;
  // For how long it had had all of the weight and been ready when it was
  // observed: what it has done since nobody knows. Zero with a part of it.
  absl::Duration serving_for;
  // Why it failed or what it waits for.
  std::string message;
};

// An operator's word that nothing new begins on a host. What has begun goes on,
// and so does the way back.
enum class Hold {
  kNone,
  // The rollout is complete without it.
  kCordoned,
  // The rollout waits for it.
  kFrozen,
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
  // It got to the weights it was asked for.
  bool settled = false;
  // It failed on the way there, or was late, which was tolerated.
  bool failed = false;
  Hold hold = Hold::kNone;
  // Whose word, and why.
  std::string hold_message;
  // Age of what was told last.
  absl::Duration observed_for;
  std::vector<GenerationView> generations;
};

// A part of the way that is looked at before the next begins.
struct CanaryStep {
  // So many hosts, with those of the steps before; of a share, rounded up, and
  // at least 1. Never fewer than a step before has.
  HostLimit hosts = HostLimit::Count(1);
  // So much of the new connections of each. Never less than before.
  int weight = kWholeWeight;
  // It lasts so long from when they all have it.
  absl::Duration bake;
  // And until a person has approved of it.
  bool needs_approval = false;
};

struct StrategyView {
  // Then all hosts, with all of the weight.
  std::vector<CanaryStep> steps;
  HostLimit max_surge = HostLimit::Count(1);
  HostLimit max_unavailable = HostLimit::Count(0);
  HostLimit max_overlap = HostLimit::Percent(100);
  absl::Duration min_ready = absl::Seconds(10);
  absl::Duration host_deadline = absl::Seconds(300);
  absl::Duration progress_deadline = absl::Seconds(600);
  absl::Duration keep_warm = absl::Minutes(10);
  bool auto_rollback = true;
  // A host that fails is asked again so many times before it has failed.
  int retries = 0;
  // So many hosts may fail without stopping the rollout.
  HostLimit failure_tolerance = HostLimit::Count(0);
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
  // No host's clock runs from before this: since then the rollout has been
  // neither paused nor waiting, and this controller has been there. Of one that
  // waits: now. Of one that is over: its end.
  absl::Time running_since;
  // Nor does the rollout's own from before this: it was paused, or there was no
  // controller. While it waits it stands still.
  absl::Time unpaused_since;
  // Since when it has waited; infinite: it does not.
  absl::Time waiting_since = absl::InfiniteFuture();
  // Canary steps that lie behind it.
  size_t steps_done = 0;
  // Since when the step it is at has all it asks for; infinite: it has not.
  absl::Time step_reached = absl::InfiniteFuture();
  // An operator has ended the bake of this step, or approved of it.
  bool promoted = false;
  bool approved = false;
};

// For the sake of all plans together.
struct FleetView {
  // So many hosts may be in change.
  int limit = std::numeric_limits<int>::max();
  // Those that other plans change; one that two of them change counts twice.
  int in_change_elsewhere = 0;

  // So many of one plan's may be.
  int room() const { return std::max(limit - in_change_elsewhere, 0); }
};

struct PlanView {
  absl::Time now;
  StrategyView strategy;
  RolloutView rollout;
  FleetView fleet;
  // Those the plan selects, in the order in which they get their turn.
  std::vector<HostView> hosts;
};

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_VIEW_H_
