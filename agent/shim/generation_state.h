// SPDX-License-Identifier: Apache-2.0
//
// A generation from one process of the shim to the next.

#ifndef AGENT_SHIM_GENERATION_STATE_H_
#define AGENT_SHIM_GENERATION_STATE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/generation.h"
#include "agent/shim/saved_descriptor.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

v1::SavedGeneration SaveGeneration(const Generation& generation);

// With its process, groups and counts; not yet with what needs a loop: output
// and notify socket. InvalidArgument: that can't be one of ours.
absl::StatusOr<std::unique_ptr<Generation>> ResumeGeneration(
    const v1::SavedGeneration& saved, EndpointGroups& groups,
    LeftDescriptors& left);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_STATE_H_
