// SPDX-License-Identifier: Apache-2.0
//
// A plan of three hosts at a few points of its life, for tests of what is
// shown of it.

#ifndef TESTS_ROLLOUTCTL_RENDER_SAMPLES_H_
#define TESTS_ROLLOUTCTL_RENDER_SAMPLES_H_

#include "absl/time/time.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

// 2027-01-15 08:00:00 UTC. The samples were taken at that time.
inline const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

// Rollout 2: one host updated, one with a dark candidate, one not begun.
v1::PlanStatus MidRollout();
// The same, all three updated.
v1::PlanStatus Complete();
// It died on the second host after the flip, and the first one goes back.
v1::PlanStatus RollingBack();
// The candidate failed on the second host, and everything went back.
v1::PlanStatus RolledBack();

}  // namespace rollout::render

#endif  // TESTS_ROLLOUTCTL_RENDER_SAMPLES_H_
