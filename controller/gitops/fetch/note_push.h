// SPDX-License-Identifier: Apache-2.0
//
// The whole of a note's way: reads what notes there are at the other end, and
// brings them one more.

#ifndef CONTROLLER_GITOPS_FETCH_NOTE_PUSH_H_
#define CONTROLLER_GITOPS_FETCH_NOTE_PUSH_H_

#include "absl/status/status.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Blocks for as long as the other end does. HOME and the umask may be others
// afterwards. While a GitLibrary is there. The errors are those of
// FetchFailure; Unavailable also: somebody else has pushed notes meanwhile.
absl::Status PushNote(const NoteRequest& request, FileSystem& files);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_NOTE_PUSH_H_
