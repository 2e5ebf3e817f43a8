// SPDX-License-Identifier: Apache-2.0
//
// All that is known of one host, as `rolloutctl describe host` shows it.

#ifndef ROLLOUTCTL_RENDER_HOST_DESCRIPTION_H_
#define ROLLOUTCTL_RENDER_HOST_DESCRIPTION_H_

#include <string>

#include "absl/time/time.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

// What it is, what it can't do, what it runs, and the events in `events`. Ages
// are counted up to `now`. Pure.
std::string HostDescription(const v1::Host& host,
                            const v1::ListResponse& events, absl::Time now,
                            bool color);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_HOST_DESCRIPTION_H_
