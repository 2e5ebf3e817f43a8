// SPDX-License-Identifier: Apache-2.0
//
// Brings a branch's newest commit here, with the manifests in it.

#ifndef CONTROLLER_GITOPS_FETCHER_H_
#define CONTROLLER_GITOPS_FETCHER_H_

#include "absl/status/statusor.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Safe from any thread; two calls with one repository directory must not
// overlap.
class Fetcher {
 public:
  virtual ~Fetcher() = default;

  // Blocks, up to a deadline of the implementation. The errors are those of
  // FetchFailure, and DeadlineExceeded, Cancelled: it took too long, or was
  // ended by Stop; FailedPrecondition, Internal: it can't be done on this
  // machine, or not by this version.
  virtual absl::StatusOr<FetchResult> Fetch(const FetchRequest& request) = 0;

  // Ends the calls under way and refuses later ones. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCHER_H_
