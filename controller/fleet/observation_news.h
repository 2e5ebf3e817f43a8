// SPDX-License-Identifier: Apache-2.0
//
// Which observations are worth a look of those who decide: every heartbeat
// brings one, and few say anything new.
//
// Pure; safe from any thread.

#ifndef CONTROLLER_FLEET_OBSERVATION_NEWS_H_
#define CONTROLLER_FLEET_OBSERVATION_NEWS_H_

#include "absl/time/time.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::fleet {

// The age of the generation that has served the shortest; infinite: none
// serves.
absl::Duration YoungestServing(const v1::Observation& observation);

// Whether `now` says more than `before`: something else than an age; or that a
// generation younger than 15 min serves on, which may have got past a plan's
// minReady; or that an older one's age has grown by a tenth since `told`, the
// YoungestServing that was passed on last.
bool SaysMore(const v1::Observation& before, const v1::Observation& now,
              absl::Duration told);

}  // namespace rollout::fleet

#endif  // CONTROLLER_FLEET_OBSERVATION_NEWS_H_
