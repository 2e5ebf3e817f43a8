// SPDX-License-Identifier: Apache-2.0
//
// What a service may use: `resourceLimits`, for each of its processes, and
// `limits`, for all of them together.

#ifndef CONTROLLER_MANIFEST_LIMITS_READER_H_
#define CONTROLLER_MANIFEST_LIMITS_READER_H_

#include "base/yaml_reader.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// Reads both keys of spec.service. `limits.files` is another name for
// `resourceLimits.nofile`, and kept as that; both together are an error.
void ReadLimits(YamlMap& map, v1::ServiceTemplate* service);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_LIMITS_READER_H_
