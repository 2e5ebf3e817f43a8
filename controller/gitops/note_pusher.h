// SPDX-License-Identifier: Apache-2.0
//
// Leaves a line at a commit in a repository of others.

#ifndef CONTROLLER_GITOPS_NOTE_PUSHER_H_
#define CONTROLLER_GITOPS_NOTE_PUSHER_H_

#include "absl/status/status.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Safe from any thread; two calls with one repository directory must not
// overlap.
class NotePusher {
 public:
  virtual ~NotePusher() = default;

  // Blocks, up to a deadline of the implementation. The errors are those of
  // Fetcher::Fetch; Unavailable also: somebody else has pushed notes meanwhile.
  // PermissionDenied also: the credentials are good to read alone.
  virtual absl::Status PushNote(const NoteRequest& request) = 0;

  // Ends the calls under way and refuses later ones. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_NOTE_PUSHER_H_
