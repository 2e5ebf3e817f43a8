// SPDX-License-Identifier: Apache-2.0
//
// From the limits of a plan to what the shim writes to control groups.

#ifndef AGENT_RESOURCES_LIMITS_H_
#define AGENT_RESOURCES_LIMITS_H_

#include <string>

#include "absl/status/status.h"
#include "agent/resources/controllers.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::agent {

// Adds `limits` to a request that has its `control_group`; a group of version 1
// is called `name`. FailedPrecondition: this host can't set one of them; says
// which, why, and what to do.
absl::Status AddGroupLimits(const v1::Limits& limits,
                            const Controllers& controllers,
                            const std::string& name,
                            shim::v1::StartRequest* request);

}  // namespace rollout::agent

#endif  // AGENT_RESOURCES_LIMITS_H_
