// SPDX-License-Identifier: Apache-2.0
//
// All that is known of one plan, as `rolloutctl describe plan` shows it.

#ifndef ROLLOUTCTL_RENDER_PLAN_DESCRIPTION_H_
#define ROLLOUTCTL_RENDER_PLAN_DESCRIPTION_H_

#include <string>

#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/render/status_tree.h"

namespace rollout::render {

// Where it comes from, its status, its spec with every default, and the events
// in `events`. Pure.
std::string PlanDescription(const v1::PlanStatus& status,
                            const v1::ListResponse& events,
                            const StatusView& view);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_PLAN_DESCRIPTION_H_
