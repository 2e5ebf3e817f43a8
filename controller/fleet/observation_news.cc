// SPDX-License-Identifier: Apache-2.0

#include "controller/fleet/observation_news.h"

#include <algorithm>
#include <string>

#include "base/proto_time.h"

namespace rollout::fleet {
namespace {

constexpr absl::Duration kNewlyServing = absl::Minutes(15);

// The observation without what differs in every heartbeat and decides nothing:
// ages, and what is used.
std::string Substance(v1::Observation observation) {
  for (v1::ServiceObservation& service : *observation.mutable_services()) {
    for (v1::GenerationObservation& generation :
         *service.mutable_generations()) {
      generation.clear_serving_for();
      generation.clear_usage();
    }
  }
  return observation.SerializeAsString();
}

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

bool SaysMore(const v1::Observation& before, const v1::Observation& now,
              absl::Duration told) {
  if (Substance(before) != Substance(now)) return true;
  const absl::Duration age = YoungestServing(now);
  return age < kNewlyServing ||
         (age < absl::InfiniteDuration() && age >= 1.1 * told);
}

}  // namespace rollout::fleet
