// SPDX-License-Identifier: Apache-2.0
//
// A place where people read what became of a commit.

#ifndef CONTROLLER_GITOPS_STATUS_OUTLET_H_
#define CONTROLLER_GITOPS_STATUS_OUTLET_H_

#include <string>

#include "absl/status/status.h"
#include "controller/gitops/commit_status.h"

namespace rollout::gitops {

// One Send at a time; the others from any thread.
class StatusOutlet {
 public:
  virtual ~StatusOutlet() = default;

  // Whether it is for the commits of this source.
  virtual bool Takes(const std::string& source) const = 0;

  // Blocks, for a bounded time. Of a source that it takes. Unavailable,
  // DeadlineExceeded: another try may help.
  virtual absl::Status Send(const CommitStatus& status) = 0;

  // Ends the Send under way, and later ones at once. Idempotent.
  virtual void Cancel() = 0;

  // Where the commits of a source that it takes are told of, for the log.
  virtual std::string PlaceOf(const std::string& source) const = 0;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_STATUS_OUTLET_H_
