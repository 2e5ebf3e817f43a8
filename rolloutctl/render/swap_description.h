// SPDX-License-Identifier: Apache-2.0
//
// All there is to say of one swap, as `rolloutctl describe swap` shows it.
//
// Pure, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_SWAP_DESCRIPTION_H_
#define ROLLOUTCTL_RENDER_SWAP_DESCRIPTION_H_

#include <string>

#include "absl/time/time.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::render {

// Lines, each with its line break. The age is counted up to `now`.
std::string SwapDescription(const v1::SwapReport& swap, absl::Time now);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_SWAP_DESCRIPTION_H_
