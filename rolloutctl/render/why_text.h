// SPDX-License-Identifier: Apache-2.0
//
// What holds hosts back, for people. Pure.

#ifndef ROLLOUTCTL_RENDER_WHY_TEXT_H_
#define ROLLOUTCTL_RENDER_WHY_TEXT_H_

#include <string>

#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::render {

// A line for the rollout, then a table of the hosts, or that there are none.
std::string WhyText(const v1::WhyResponse& why, bool color);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_WHY_TEXT_H_
