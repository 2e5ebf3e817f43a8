// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/service_view.h"

#include <algorithm>

namespace rollout::agent {

const RevisionView* FindRevision(const ServiceView& service,
                                 const std::string& revision) {
  for (const RevisionView& wanted : service.revisions) {
    if (wanted.revision == revision) return &wanted;
  }
  return nullptr;
}

const GenerationView* AbleOf(const ServiceView& service,
                             const std::string& revision) {
  const GenerationView* newest = nullptr;
  for (const GenerationView& generation : service.generations) {
    if (generation.revision == revision && IsAble(generation)) {
      newest = &generation;
    }
  }
  return newest;
}

bool HasLive(const ServiceView& service, const std::string& revision) {
  return std::any_of(service.generations.begin(), service.generations.end(),
                     [&](const GenerationView& generation) {
                       return generation.revision == revision &&
                              IsLive(generation);
                     });
}

bool HasAlternative(const ServiceView& service, const std::string& revision) {
  return std::any_of(service.revisions.begin(), service.revisions.end(),
                     [&](const RevisionView& wanted) {
                       return wanted.revision != revision && !wanted.rejected;
                     });
}

Weights CurrentWeights(const ServiceView& service) {
  Weights weights;
  for (const GenerationView& generation : service.generations) {
    if (generation.weight > 0) weights[generation.number] = generation.weight;
  }
  return weights;
}

}  // namespace rollout::agent
