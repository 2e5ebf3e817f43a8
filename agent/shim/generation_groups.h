// SPDX-License-Identifier: Apache-2.0
//
// The control groups of a generation: the one that holds its processes, and
// those that only limit them.

#ifndef AGENT_SHIM_GENERATION_GROUPS_H_
#define AGENT_SHIM_GENERATION_GROUPS_H_

#include "absl/status/status.h"
#include "agent/shim/generation.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// InvalidArgument: the request can't mean that; names the field.
absl::Status CheckGroupFields(const v1::StartRequest& request);

// Makes them as the request asks and sets the limits. Without limits a
// generation runs without a group, too, where none can be made; with one that
// can't be set it does not: the error says why.
absl::Status MakeGroups(Generation& generation);

// Whether it must be born in its group, because that limits it.
bool MustBeInGroup(const Generation& generation);

// Reads the figures that the request names; while its groups are there.
void ReadFigures(Generation& generation);

// Removes the groups. What the kernel does not let go yet goes with the
// generation.
void RemoveGroups(Generation& generation);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_GENERATION_GROUPS_H_
