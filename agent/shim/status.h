// SPDX-License-Identifier: Apache-2.0
//
// The shim's state as the agent is told it.

#ifndef AGENT_SHIM_STATUS_H_
#define AGENT_SHIM_STATUS_H_

#include <cstdint>

#include "agent/shim/generation.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

v1::Generation DescribeGeneration(const Generation& generation,
                                  uint32_t mark_base);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_STATUS_H_
