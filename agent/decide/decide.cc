// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/decide.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/decide/turns.h"

namespace rollout::agent {
namespace {

// The newest of those older than `generation` that could take its clients;
// null: there is none.
const GenerationView* AblePredecessor(const ServiceView& service,
                                      const GenerationView& generation) {
  const GenerationView* found = nullptr;
  for (const GenerationView& other : service.generations) {
    if (other.number < generation.number && IsAble(other) && !other.unhealthy) {
      found = &other;
    }
  }
  return found;
}

// Another generation has clients, so that nobody waits for this one.
bool AnotherServes(const ServiceView& service,
                   const GenerationView& generation) {
  return std::any_of(service.generations.begin(), service.generations.end(),
                     [&](const GenerationView& other) {
                       return other.number != generation.number &&
                              other.weight > 0 && IsLive(other) &&
                              !other.unhealthy;
                     });
}

// Some programs won't start where somebody answers at their port.
std::string HintAtPortTest(const ServiceView& service,
                           const GenerationView& generation) {
  if (generation.listens || generation.has_served || generation.awaited ||
      !AnotherServes(service, generation)) {
    return "";
  }
  return " before it listened (if it first tests whether its port is taken by "
         "connecting to it, use handover exclusive)";
}

std::string WantOfListener(const GenerationView& generation) {
  if (generation.listens) return "";
  if (!generation.awaited) return ", not all of its endpoints have a listener";
  return ", the service was asked to start it and no process of its own has "
         "accepted a connection (one with TCP_DEFER_ACCEPT is not seen to)";
}

// Why one that has served and still runs is given up; empty: it is not.
std::string ReasonToGoBack(const ServiceView& service,
                           const GenerationView& generation) {
  const GenerationView* before = AblePredecessor(service, generation);
  if (generation.weight == 0 || before == nullptr) return "";
  if (!generation.ready) {
    return absl::StrCat("it turned unhealthy after the flip: ",
                        generation.problem);
  }
  // Where both fail it is neither's fault.
  if (!generation.overspent || before->overspent) return "";
  return absl::StrCat("it fails too often after the flip: ",
                      generation.problem);
}

// Why the generation is given up now; empty: it is not.
std::string ReasonToGiveUp(const ServiceView& service,
                           const GenerationView& generation) {
  if (generation.failed || generation.draining) return "";
  if (!generation.alive) {
    return absl::StrCat(generation.problem.empty() ? "its main process ended"
                                                   : generation.problem,
                        HintAtPortTest(service, generation));
  }
  if (generation.unhealthy) {
    return absl::StrCat("it is not well any more: ", generation.problem);
  }
  if (generation.has_served) {
    return ReasonToGoBack(service, generation);
  }
  if (generation.ready) return "";
  // The probe's words come as a problem too; only the shim's are final before
  // the time is over, and those come without a listener.
  if (!generation.problem.empty() && !generation.listens) {
    return generation.problem;
  }
  const RevisionView* wanted = FindRevision(service, generation.revision);
  if (wanted == nullptr || generation.age < wanted->startup_timeout) return "";
  return absl::StrCat(
      "it was not ready within startupTimeout ",
      absl::FormatDuration(wanted->startup_timeout), WantOfListener(generation),
      generation.problem.empty() ? "" : ": ", generation.problem);
}

// Of two that can't run at once the one before is started again, if the newer
// one has never been ready for its clients.
bool IsGivenUpForGood(const ServiceView& service,
                      const GenerationView& generation) {
  return AblePredecessor(service, generation) != nullptr ||
         AnotherServes(service, generation) ||
         (TakesTurns(service) && !generation.has_served &&
          HasAlternative(service, generation.revision));
}

std::vector<Failure> GiveUp(const ServiceView& service) {
  std::vector<Failure> failures;
  for (const GenerationView& generation : service.generations) {
    std::string reason = ReasonToGiveUp(service, generation);
    if (reason.empty()) continue;
    failures.push_back({generation.number, generation.revision,
                        generation.attempt, reason,
                        IsGivenUpForGood(service, generation)});
  }
  return failures;
}

// What the assignment asks for; nothing while one that shall get clients can't.
std::optional<Weights> AssignedWeights(const ServiceView& service) {
  Weights weights;
  for (const RevisionView& wanted : service.revisions) {
    if (wanted.weight == 0) continue;
    const GenerationView* able = AbleOf(service, wanted.revision);
    if (able == nullptr || wanted.rejected) return std::nullopt;
    weights[able->number] = wanted.weight;
  }
  if (weights.empty()) return std::nullopt;
  return weights;
}

// Clients have met this program on this host: this generation, or one before
// it, of the same revision.
bool HasEarnedClients(const ServiceView& service, const GenerationView& able) {
  return std::any_of(service.generations.begin(), service.generations.end(),
                     [&](const GenerationView& other) {
                       return other.revision == able.revision &&
                              other.has_served;
                     });
}

// After a reboot nobody has clients and nobody remembers who had them: of what
// is wanted, the last is the one to go to, those before it have been there.
bool WasThereBefore(const ServiceView& service, const RevisionView& wanted) {
  return CurrentWeights(service).empty() &&
         wanted.revision != service.revisions.back().revision;
}

// Everything to one that is able: of a wanted revision if there is one, with
// the largest weight, else the newest that has served. Never to a candidate
// that no client has reached yet: clients wait in the queue of the one that
// died rather than meet a program that has not earned them.
std::optional<Weights> FallbackWeights(const ServiceView& service) {
  const GenerationView* best = nullptr;
  int best_weight = -1;
  for (const RevisionView& wanted : service.revisions) {
    const GenerationView* able = AbleOf(service, wanted.revision);
    if (able == nullptr || wanted.rejected || wanted.weight <= best_weight ||
        (wanted.weight == 0 && !HasEarnedClients(service, *able) &&
         !WasThereBefore(service, wanted))) {
      continue;
    }
    best = able;
    best_weight = wanted.weight;
  }
  if (best == nullptr) {
    for (const GenerationView& generation : service.generations) {
      if (IsAble(generation) && HasEarnedClients(service, generation)) {
        best = &generation;
      }
    }
  }
  if (best == nullptr) return std::nullopt;
  return Weights{{best->number, 1000}};
}

// The weights to set; nothing: they are as they should be, or as good as can
// be had.
std::optional<Weights> ChangedWeights(const ServiceView& service) {
  const Weights current = CurrentWeights(service);
  std::optional<Weights> target = AssignedWeights(service);
  if (!target) {
    bool all_live = !current.empty();
    for (const GenerationView& generation : service.generations) {
      if (generation.weight > 0 && !IsLive(generation)) all_live = false;
    }
    if (all_live) return std::nullopt;
    target = FallbackWeights(service);
  }
  if (!target || *target == current) return std::nullopt;
  return target;
}

// A newer generation of the same revision serves.
bool IsReplaced(const ServiceView& service, const GenerationView& generation) {
  return std::any_of(service.generations.begin(), service.generations.end(),
                     [&](const GenerationView& other) {
                       return other.revision == generation.revision &&
                              other.number > generation.number &&
                              other.weight > 0;
                     });
}

std::vector<int64_t> ToDrain(const ServiceView& service) {
  std::vector<int64_t> drain;
  for (const GenerationView& generation : service.generations) {
    // One that died is being ended already.
    if (generation.weight > 0 || !generation.alive || generation.draining) {
      continue;
    }
    const RevisionView* wanted = FindRevision(service, generation.revision);
    if (generation.failed || wanted == nullptr || wanted->rejected ||
        generation.restless || IsReplaced(service, generation)) {
      drain.push_back(generation.number);
    }
  }
  return drain;
}

std::vector<int64_t> ToForget(const ServiceView& service) {
  std::vector<int64_t> forget;
  for (const GenerationView& generation : service.generations) {
    if (generation.ended && generation.weight == 0) {
      forget.push_back(generation.number);
    }
  }
  return forget;
}

// A service that upgrades itself: a successor has clients at once, so only one
// that shall have them is started; and from one that stands alone.
bool MayUpgrade(const ServiceView& service, const RevisionView& wanted) {
  const bool others_shall_serve =
      std::any_of(service.revisions.begin(), service.revisions.end(),
                  [](const RevisionView& other) {
                    return other.weight > 0 && !other.rejected;
                  });
  const auto present = std::count_if(
      service.generations.begin(), service.generations.end(),
      [](const GenerationView& generation) { return !generation.gone; });
  return present <= 1 && (wanted.weight > 0 || !others_shall_serve);
}

void FetchOrStart(const ServiceView& service, Decision* decision) {
  for (const RevisionView& wanted : service.revisions) {
    if (wanted.rejected || HasLive(service, wanted.revision)) continue;
    if (wanted.by_upgrade && !MayUpgrade(service, wanted)) continue;
    if (wanted.start_delay > absl::ZeroDuration()) {
      decision->wake_after = std::min(decision->wake_after, wanted.start_delay);
    } else if (wanted.artifact == ArtifactState::kMissing) {
      decision->fetch.push_back(wanted.revision);
    } else if (wanted.artifact == ArtifactState::kPresent) {
      decision->start.push_back(wanted.revision);
    }
  }
}

absl::Duration NextStartupDeadline(const ServiceView& service) {
  absl::Duration next = absl::InfiniteDuration();
  for (const GenerationView& generation : service.generations) {
    const RevisionView* wanted = FindRevision(service, generation.revision);
    if (wanted == nullptr || !IsLive(generation) || generation.ready ||
        generation.has_served) {
      continue;
    }
    next = std::min(next, wanted->startup_timeout - generation.age);
  }
  return std::max(next, absl::ZeroDuration());
}

}  // namespace

Decision Decide(const ServiceView& service) {
  Decision decision;
  decision.failures = GiveUp(service);
  if (!decision.failures.empty()) return decision;
  if (TakesTurns(service)) {
    decision = DecideTurn(service);
    decision.wake_after =
        std::min(decision.wake_after, NextStartupDeadline(service));
    return decision;
  }
  decision.weights = ChangedWeights(service);
  if (decision.weights) return decision;
  decision.forget = ToForget(service);
  if (!decision.forget.empty()) return decision;
  decision.drain = ToDrain(service);
  if (!decision.drain.empty()) return decision;
  decision.wake_after = NextStartupDeadline(service);
  FetchOrStart(service, &decision);
  return decision;
}

}  // namespace rollout::agent
