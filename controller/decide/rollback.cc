// SPDX-License-Identifier: Apache-2.0

#include "controller/decide/rollback.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace rollout::decide {
namespace {

// Has been touched and not yet been sent back. A host that settled on some
// older revision before this rollout is none of its business.
bool HasToGoBack(const Classified& hosts, size_t i, const Target& stable) {
  const HostView& host = hosts.plan.hosts[i];
  if (host.assigned.empty()) return false;
  if (host.assigned.size() > 1) return true;
  const WeightedRevision& only = host.assigned.back();
  return only.revision != stable.revision &&
         (!host.settled || only.revision == hosts.plan.rollout.revision);
}

// Was sent back and the stable revision does not serve there yet.
bool IsStartingAgain(const Classified& hosts, size_t i, const Target& stable) {
  const HostView& host = hosts.plan.hosts[i];
  const HostState& state = hosts.states[i];
  return !host.settled && state.failure == Failure::kNone &&
         !host.assigned.empty() &&
         host.assigned.back().revision == stable.revision &&
         (state.unavailable || state.serving != stable.revision);
}

int MayStartAtOnce(const Classified& hosts) {
  const StrategyView& strategy = hosts.plan.strategy;
  auto limits = ResolveLimits(strategy.max_surge, strategy.max_unavailable,
                              hosts.plan.hosts.size());
  return limits.ok() ? limits->change() : 1;
}

}  // namespace

Step NextStepBack(const Classified& hosts, const Target& stable) {
  std::vector<size_t> alive, broken, healthy;
  int room = MayStartAtOnce(hosts);
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    room -= IsStartingAgain(hosts, i, stable);
    if (!hosts.states[i].reachable || !HasToGoBack(hosts, i, stable)) continue;
    if (IsReady(hosts.plan.hosts[i], stable.revision)) {
      alive.push_back(i);
    } else {
      (hosts.states[i].unavailable ? broken : healthy).push_back(i);
    }
  }
  std::vector<size_t> chosen = std::move(alive);
  if (chosen.empty()) {
    chosen = std::move(broken);
    chosen.insert(chosen.end(), healthy.begin(), healthy.end());
    chosen.resize(std::min<size_t>(chosen.size(), std::max(0, room)));
  }
  Step step;
  if (!chosen.empty()) step.kind = StepKind::kGoBack;
  for (size_t i : chosen) {
    step.actions.push_back(
        {i,
         {Weigh(hosts.plan.hosts[i], stable.revision, kWholeWeight, stable)}});
  }
  return step;
}

bool IsBack(const Classified& hosts, const Target& stable) {
  for (size_t i = 0; i < hosts.states.size(); ++i) {
    if (hosts.plan.hosts[i].lease_over) continue;
    if (HasToGoBack(hosts, i, stable) || hosts.states[i].in_change) {
      return false;
    }
  }
  return true;
}

}  // namespace rollout::decide
