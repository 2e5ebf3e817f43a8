// SPDX-License-Identifier: Apache-2.0
//
// The text of a note, of which one line is ours. Pure.

#ifndef CONTROLLER_GITOPS_FETCH_NOTE_TEXT_H_
#define CONTROLLER_GITOPS_FETCH_NOTE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// `text` with the request's line in the place of the first of those that begin
// with its key, and the others of them gone; where there is none, at its end.
// What else is there stays as it is. Where `text` says the same already, that
// is `text`.
std::string WithLine(absl::string_view text, const NoteRequest& request);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_NOTE_TEXT_H_
