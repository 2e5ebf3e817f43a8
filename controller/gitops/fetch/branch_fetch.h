// SPDX-License-Identifier: Apache-2.0
//
// The whole of a fetch: brings the branch's newest commit and reads it.

#ifndef CONTROLLER_GITOPS_FETCH_BRANCH_FETCH_H_
#define CONTROLLER_GITOPS_FETCH_BRANCH_FETCH_H_

#include "absl/status/statusor.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Blocks for as long as the other end does. HOME is another one afterwards.
// While a GitLibrary is there. The errors are those of FetchFailure.
absl::StatusOr<FetchResult> FetchBranch(const FetchRequest& request,
                                        FileSystem& files);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_BRANCH_FETCH_H_
