// SPDX-License-Identifier: Apache-2.0
//
// Which observations are worth a look of those who decide: every heartbeat
// brings one, and few say anything new.
//
// Pure; safe from any thread.

#ifndef CONTROLLER_FLEET_OBSERVATION_NEWS_H_
#define CONTROLLER_FLEET_OBSERVATION_NEWS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::fleet {

// The age of the generation that has served the shortest; infinite: none
// serves.
absl::Duration YoungestServing(const v1::Observation& observation);

// A fingerprint of the observation without what differs in every heartbeat and
// decides nothing: ages, and what is used.
uint64_t SubstanceOf(v1::Observation observation);

// Whether an observation in which nothing but that has changed says more than
// the one before, its `age` being YoungestServing: that a generation younger
// than 15 min serves on, which may have got past a plan's minReady; or that an
// older one's age has grown by a tenth since `told`, the age that was passed on
// last.
bool AgeSaysMore(absl::Duration age, absl::Duration told);

}  // namespace rollout::fleet

#endif  // CONTROLLER_FLEET_OBSERVATION_NEWS_H_
