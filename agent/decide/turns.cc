// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/turns.h"

#include <algorithm>

namespace rollout::agent {
namespace {

const RevisionView* WhoseTurn(const ServiceView& service) {
  const RevisionView* turn = nullptr;
  for (const RevisionView& wanted : service.revisions) {
    if (wanted.rejected) continue;
    if (turn == nullptr || wanted.weight >= turn->weight) turn = &wanted;
  }
  return turn;
}

// What is left of generations whose turn is over. While clients wait, the one
// they waited behind is still to be told of.
std::vector<int64_t> ToForget(const ServiceView& service) {
  std::vector<int64_t> forget;
  for (const GenerationView& generation : service.generations) {
    if (generation.ended && generation.weight == 0 && !service.holding) {
      forget.push_back(generation.number);
    }
  }
  return forget;
}

// Running, without clients, and not asked to leave yet.
std::vector<int64_t> ToDrain(const ServiceView& service,
                             const GenerationView* kept) {
  std::vector<int64_t> drain;
  for (const GenerationView& generation : service.generations) {
    if (generation.alive && !generation.draining && generation.weight == 0 &&
        &generation != kept) {
      drain.push_back(generation.number);
    }
  }
  return drain;
}

const GenerationView* LiveOf(const ServiceView& service,
                             const std::string& revision) {
  const GenerationView* live = nullptr;
  for (const GenerationView& generation : service.generations) {
    if (generation.revision == revision && IsLive(generation)) {
      live = &generation;
    }
  }
  return live;
}

// The turn's revision does not run yet.
void BringIn(const ServiceView& service, const RevisionView& turn,
             Decision* decision) {
  if (turn.start_delay > absl::ZeroDuration()) {
    decision->wake_after = turn.start_delay;
    return;
  }
  if (turn.artifact == ArtifactState::kMissing) {
    decision->fetch.push_back(turn.revision);
  }
  if (turn.artifact != ArtifactState::kPresent) return;
  bool somebody_serves = false;
  bool somebody_is_left = false;
  for (const GenerationView& generation : service.generations) {
    somebody_serves |= generation.alive && generation.weight > 0;
    somebody_is_left |= !generation.gone;
  }
  if (somebody_serves) {
    decision->hold_for = turn.revision;
    return;
  }
  decision->drain = ToDrain(service, nullptr);
  if (decision->drain.empty() && !somebody_is_left) {
    decision->start.push_back(turn.revision);
  }
}

}  // namespace

bool TakesTurns(const ServiceView& service) {
  return std::any_of(
             service.revisions.begin(), service.revisions.end(),
             [](const RevisionView& wanted) { return wanted.exclusive; }) ||
         std::any_of(service.generations.begin(), service.generations.end(),
                     [](const GenerationView& generation) {
                       return generation.exclusive && !generation.gone;
                     });
}

Decision DecideTurn(const ServiceView& service) {
  Decision decision;
  const RevisionView* turn = WhoseTurn(service);
  if (turn != nullptr) {
    if (const GenerationView* able = AbleOf(service, turn->revision)) {
      Weights weights{{able->number, 1000}};
      if (weights != CurrentWeights(service)) {
        decision.weights = std::move(weights);
        return decision;
      }
    }
  }
  decision.forget = ToForget(service);
  if (!decision.forget.empty() || turn == nullptr) return decision;
  const GenerationView* live = LiveOf(service, turn->revision);
  if (live == nullptr) {
    BringIn(service, *turn, &decision);
  } else {
    decision.drain = ToDrain(service, live);
  }
  return decision;
}

}  // namespace rollout::agent
