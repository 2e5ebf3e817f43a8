// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/host_state.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace rollout::decide {
namespace {

constexpr absl::Duration kFirstRetryPause = absl::Seconds(10);

bool IsLive(const GenerationView& generation) {
  return generation.state != GenerationState::kEnded &&
         generation.state != GenerationState::kFailed;
}

// Takes or could take clients.
bool IsReady(const GenerationView& generation) {
  return generation.ready && IsLive(generation) &&
         generation.state != GenerationState::kDraining;
}

int LiveGenerations(const HostView& host) {
  return std::count_if(host.generations.begin(), host.generations.end(),
                       [](const GenerationView& g) { return IsLive(g); });
}

bool HoldsWholeWeight(const HostView& host) {
  int weight = 0;
  for (const GenerationView& generation : host.generations) {
    if (IsReady(generation)) weight += generation.weight;
  }
  return weight >= kWholeWeight;
}

// The ready one with most weight; failing that, any live one with weight.
std::string ServingRevision(const HostView& host) {
  const GenerationView* best = nullptr;
  for (const GenerationView& g : host.generations) {
    if (g.weight == 0 || !IsLive(g)) continue;
    if (best == nullptr || IsReady(g) > IsReady(*best) ||
        (IsReady(g) == IsReady(*best) && g.weight > best->weight)) {
      best = &g;
    }
  }
  return best == nullptr ? "" : best->revision;
}

std::string WarmRevision(const HostView& host) {
  for (const GenerationView& g : host.generations) {
    if (g.state == GenerationState::kWarm && IsReady(g)) return g.revision;
  }
  return "";
}

int AssignedWeight(const HostView& host, const std::string& revision) {
  for (const WeightedRevision& weighted : host.assigned) {
    if (weighted.revision == revision) return weighted.weight;
  }
  return 0;
}

// How much longer the host has to be seen serving before it has got there;
// infinite: something else has to happen first. With a share it is there at
// once: how long that is looked at is up to the step.
absl::Duration LeftToServe(const HostView& host, absl::Duration min_ready) {
  if (!host.connected || host.assigned.empty() ||
      host.assigned.back().weight == 0) {
    return absl::InfiniteDuration();
  }
  const WeightedRevision& wanted = host.assigned.back();
  for (const GenerationView& g : host.generations) {
    if (g.revision != wanted.revision || !IsReady(g) ||
        g.state != GenerationState::kServing || g.weight != wanted.weight ||
        FindUnrested(host, g) != nullptr) {
      continue;
    }
    if (IsShared(host)) return absl::ZeroDuration();
    return std::max(absl::ZeroDuration(), min_ready - g.serving_for);
  }
  return absl::InfiniteDuration();
}

// The newest generation of what is being brought in, if it failed since the
// host was asked for it last.
const GenerationView* FailedGeneration(const HostView& host) {
  if (host.assigned.empty()) return nullptr;
  const WeightedRevision& wanted = host.assigned.back();
  const GenerationView* newest = nullptr;
  for (const GenerationView& g : host.generations) {
    if (g.revision != wanted.revision) continue;
    if (newest == nullptr || g.number > newest->number) newest = &g;
  }
  if (newest == nullptr || newest->state != GenerationState::kFailed ||
      std::tie(newest->attempt, newest->retry) <
          std::tie(wanted.attempt, wanted.retry)) {
    return nullptr;
  }
  return newest;
}

// How often this host may be asked again for what it was asked for.
int RetriesOf(const HostView& host, const PlanView& plan) {
  const RolloutView& rollout = plan.rollout;
  const bool is_its_own = rollout.phase == Phase::kProgressing &&
                          !host.assigned.empty() &&
                          host.assigned.back().revision == rollout.revision &&
                          host.assigned.back().attempt == rollout.number;
  return is_its_own ? plan.strategy.retries : 0;
}

void AddFailure(const HostView& host, const PlanView& plan, HostState* state) {
  const GenerationView* failed = FailedGeneration(host);
  if (failed != nullptr) {
    state->message = failed->message;
    if (!MayBeAskedAgain(host, RetriesOf(host, plan))) {
      state->failure = Failure::kGenerationFailed;
      return;
    }
    state->next = std::min(state->next, RetryAt(host, plan.strategy));
  }
  if (host.assigned.empty() || host.settled || state->settles) return;
  absl::Time deadline = std::max(host.began, plan.rollout.running_since) +
                        plan.strategy.host_deadline;
  if (plan.now < deadline && !host.failed) {
    state->next = std::min(state->next, deadline);
    return;
  }
  if (plan.now < deadline) {
    state->failure = Failure::kGenerationFailed;
    state->message = "has failed in this attempt, and tries again";
    return;
  }
  state->failure = Failure::kDeadline;
  state->message =
      absl::StrCat("did not get there in ",
                   absl::FormatDuration(plan.strategy.host_deadline),
                   host.connected ? "" : ", is disconnected");
}

}  // namespace

const GenerationView* FindUnrested(const HostView& host,
                                   const GenerationView& chosen) {
  for (const GenerationView& g : host.generations) {
    if (&g == &chosen || !IsLive(g)) continue;
    bool kept = g.state == GenerationState::kWarm ||
                (g.state == GenerationState::kReady && g.weight == 0) ||
                (g.state == GenerationState::kServing && g.weight > 0 &&
                 g.weight == AssignedWeight(host, g.revision));
    if (!kept || !IsAssigned(host, g.revision)) return &g;
  }
  return nullptr;
}

HostState Classify(const HostView& host, const PlanView& plan) {
  HostState state;
  state.reachable = host.connected && host.reported;
  state.unavailable =
      !host.reported || host.lease_over || !HoldsWholeWeight(host);
  state.serving = ServingRevision(host);
  state.warm = WarmRevision(host);
  if (!host.settled) {
    absl::Duration left = LeftToServe(host, plan.strategy.min_ready);
    state.settles = left == absl::ZeroDuration();
    // By then it has got there if it has gone on as it was seen, and says so.
    absl::Duration wait = left - host.observed_for;
    if (wait > absl::ZeroDuration()) state.next = plan.now + wait;
  }
  AddFailure(host, plan, &state);
  bool begun = !host.assigned.empty() && !host.settled;
  bool unheard = !host.reported && !host.lease_over;
  bool moves = IsShared(host) || (begun && !state.settles);
  state.in_change = unheard || (moves && state.failure == Failure::kNone);
  // One that has failed is not tried again.
  const bool comes = !host.settled && FailedGeneration(host) == nullptr;
  state.overlapping = LiveGenerations(host) > 1 ||
                      (host.assigned.size() > 1 && (comes || !host.reported));
  return state;
}

bool IsAssigned(const HostView& host, const std::string& revision) {
  return std::any_of(host.assigned.begin(), host.assigned.end(),
                     [&revision](const WeightedRevision& weighted) {
                       return weighted.revision == revision;
                     });
}

bool IsSettledOn(const HostView& host, const std::string& revision) {
  return host.settled && !host.assigned.empty() && !IsShared(host) &&
         host.assigned.back().revision == revision;
}

bool HasFailed(const HostView& host) {
  return FailedGeneration(host) != nullptr;
}

bool MayBeAskedAgain(const HostView& host, int retries) {
  return HasFailed(host) && host.hold == Hold::kNone && !host.lease_over &&
         host.assigned.back().retry < retries;
}

absl::Time RetryAt(const HostView& host, const StrategyView& strategy) {
  const absl::Duration pause =
      kFirstRetryPause * (1 << host.assigned.back().retry);
  return host.began + std::min(pause, strategy.host_deadline / 2);
}

bool IsExpected(const HostView& host) {
  return !host.lease_over && host.hold != Hold::kCordoned;
}

bool IsShared(const HostView& host) {
  if (host.assigned.empty()) return false;
  const int weight = host.assigned.back().weight;
  return weight > 0 && weight < kWholeWeight;
}

bool IsReady(const HostView& host, const std::string& revision) {
  return std::any_of(host.generations.begin(), host.generations.end(),
                     [&revision](const GenerationView& g) {
                       return g.revision == revision && IsReady(g);
                     });
}

bool IsLive(const HostView& host, const std::string& revision) {
  return std::any_of(host.generations.begin(), host.generations.end(),
                     [&revision](const GenerationView& g) {
                       return g.revision == revision && IsLive(g);
                     });
}

}  // namespace rollout::decide
