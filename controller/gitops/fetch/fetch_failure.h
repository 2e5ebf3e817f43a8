// SPDX-License-Identifier: Apache-2.0
//
// What has gone wrong, as it is told to who asked.

#ifndef CONTROLLER_GITOPS_FETCH_FETCH_FAILURE_H_
#define CONTROLLER_GITOPS_FETCH_FETCH_FAILURE_H_

#include "absl/status/status.h"

namespace rollout::gitops {

// One of the codes of FetchFailure (DataLoss is none), with what to do.
absl::Status ToFailure(const absl::Status& status);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_FETCH_FAILURE_H_
