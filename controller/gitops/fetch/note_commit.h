// SPDX-License-Identifier: Apache-2.0
//
// Commits of notes, as git notes(1) reads them.

#ifndef CONTROLLER_GITOPS_FETCH_NOTE_COMMIT_H_
#define CONTROLLER_GITOPS_FETCH_NOTE_COMMIT_H_

#include <git2.h>

#include <string>

#include "absl/status/statusor.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

inline constexpr char kNotesReference[] = "refs/notes/rollout-status";

// Makes a commit on top of `parent` (40 hexadecimal digits; "": there are no
// notes yet), which is in the repository, in which the note of the request's
// commit has the request's line. No reference is changed. Returns the commit's
// id, or `parent`: it says so already.
//
// InvalidArgument: the request. FailedPrecondition: the note there is no text,
// or has more than 1 MiB. ResourceExhausted, DataLoss: as CopyStatus has them.
absl::StatusOr<std::string> CommitNote(git_repository* repository,
                                       const std::string& parent,
                                       const NoteRequest& request);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_NOTE_COMMIT_H_
