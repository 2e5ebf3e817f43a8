// SPDX-License-Identifier: Apache-2.0
//
// Which hosts a plan is for. Pure, safe from any thread.

#ifndef CONTROLLER_MANIFEST_HOST_SELECTOR_H_
#define CONTROLLER_MANIFEST_HOST_SELECTOR_H_

#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::manifest {

// Whether the host's labels hold every pair of the selector. No pairs: every
// host.
bool Selects(const v1::HostSelector& selector, const v1::HostInfo& host);

}  // namespace rollout::manifest

#endif  // CONTROLLER_MANIFEST_HOST_SELECTOR_H_
