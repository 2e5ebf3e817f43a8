// SPDX-License-Identifier: Apache-2.0
//
// The weights a request names. Pure: safe from any thread.

#ifndef AGENT_SHIM_WEIGHTS_H_
#define AGENT_SHIM_WEIGHTS_H_

#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// Permille by generation: all of them, or none. InvalidArgument: one is named
// twice, or they don't add up. Whether there are such generations, and whether
// they can serve, is not known here.
absl::StatusOr<std::map<uint64_t, uint32_t>> ReadWeights(
    const v1::SetWeightsRequest& request);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_WEIGHTS_H_
