// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/removal.h"

namespace rollout::agent {

Decision DecideRemoval(const ServiceView& service) {
  Decision decision;
  if (service.holding || !CurrentWeights(service).empty()) {
    decision.weights.emplace();
    return decision;
  }
  for (const GenerationView& generation : service.generations) {
    // One that died is being ended already.
    if (generation.alive && !generation.draining) {
      decision.drain.push_back(generation.number);
    }
  }
  if (!decision.drain.empty()) return decision;
  for (const GenerationView& generation : service.generations) {
    if (generation.ended) decision.forget.push_back(generation.number);
  }
  decision.end_shim = service.generations.empty();
  return decision;
}

}  // namespace rollout::agent
