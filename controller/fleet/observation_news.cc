// SPDX-License-Identifier: Apache-2.0

#include "controller/fleet/observation_news.h"

#include <algorithm>

#include "absl/hash/hash.h"
#include "base/proto_time.h"

namespace rollout::fleet {
namespace {

constexpr absl::Duration kNewlyServing = absl::Minutes(15);

}  // namespace

absl::Duration YoungestServing(const v1::Observation& observation) {
  absl::Duration youngest = absl::InfiniteDuration();
  for (const v1::ServiceObservation& service : observation.services()) {
    for (const v1::GenerationObservation& generation : service.generations()) {
      if (generation.phase() != v1::SERVING) continue;
      youngest = std::min(youngest, FromProto(generation.serving_for()));
    }
  }
  return youngest;
}

uint64_t SubstanceOf(v1::Observation observation) {
  for (v1::ServiceObservation& service : *observation.mutable_services()) {
    for (v1::GenerationObservation& generation :
         *service.mutable_generations()) {
      generation.clear_serving_for();
      generation.clear_usage();
    }
  }
  return absl::HashOf(observation.SerializeAsString());
}

bool AgeSaysMore(absl::Duration age, absl::Duration told) {
  return age < kNewlyServing ||
         (age < absl::InfiniteDuration() && age >= 1.1 * told);
}

}  // namespace rollout::fleet
