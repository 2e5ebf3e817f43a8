// SPDX-License-Identifier: Apache-2.0
//
// How far a rollout has got, at one glance.

#ifndef ROLLOUTCTL_RENDER_PROGRESS_BAR_H_
#define ROLLOUTCTL_RENDER_PROGRESS_BAR_H_

#include <string>

#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::render {

// `cells` wide: hosts that have arrived, hosts in change, the others. It is
// full when all have arrived, and not before. Without colors unless `color`. A
// pure function, safe from any thread.
//
//   ██████████▒▒▒▒▒░░░░░
std::string ProgressBar(const v1::HostCounts& hosts, int cells, bool color);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_PROGRESS_BAR_H_
