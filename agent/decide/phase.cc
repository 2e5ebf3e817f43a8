// SPDX-License-Identifier: Apache-2.0

#include "agent/decide/phase.h"

namespace rollout::agent {

Phase PhaseOf(const GenerationView& generation) {
  if (generation.failed) return Phase::kFailed;
  if (generation.ended) return Phase::kExited;
  if (generation.draining) return Phase::kDraining;
  if (generation.weight > 0) return Phase::kServing;
  if (generation.has_served) return Phase::kWarm;
  if (!generation.listens) return Phase::kStarting;
  return generation.ready ? Phase::kReady : Phase::kListening;
}

}  // namespace rollout::agent
