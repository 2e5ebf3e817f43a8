// SPDX-License-Identifier: Apache-2.0
//
// What a commit says, or why it can't be taken, by itself: not yet against the
// fleet and the other plans.
//
// Pure, safe from any thread.

#ifndef CONTROLLER_GITOPS_COMMIT_REVIEW_H_
#define CONTROLLER_GITOPS_COMMIT_REVIEW_H_

#include <vector>

#include "absl/status/statusor.h"
#include "controller/gitops/fetch.pb.h"
#include "controller/gitops/source_settings.h"
#include "controller/gitops/sync_policy.h"
#include "controller/manifest/manifest.h"
#include "controller/manifest/sync_settings.h"

namespace rollout::gitops {

struct ReviewedCommit {
  std::vector<manifest::ParsedPlan> plans;
  // What it says of how it is to be followed, and what follows from that.
  manifest::SyncSettings declared;
  SyncPolicy policy;
};

// InvalidArgument, FailedPrecondition: it is refused, a line for each error:
// "FILE:LINE:COLUMN: what is wrong, and what to do".
absl::StatusOr<ReviewedCommit> ReviewCommit(const FetchResult& fetched,
                                            const SourceSettings& settings);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_COMMIT_REVIEW_H_
