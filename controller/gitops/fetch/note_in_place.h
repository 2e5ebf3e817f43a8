// SPDX-License-Identifier: Apache-2.0
//
// Notes of a repository on this machine, which needs no copy and no push.

#ifndef CONTROLLER_GITOPS_FETCH_NOTE_IN_PLACE_H_
#define CONTROLLER_GITOPS_FETCH_NOTE_IN_PLACE_H_

#include "absl/status/status.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// The request's URL is file:///. libgit2's push to such a one would undo what
// somebody else has pushed since it looked; this compares as it sets. What it
// makes there is as accessible as what is there: the umask is another one
// afterwards. Errors as PushNote, and DataLoss: the repository.
absl::Status WriteNoteInPlace(const NoteRequest& request);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_NOTE_IN_PLACE_H_
