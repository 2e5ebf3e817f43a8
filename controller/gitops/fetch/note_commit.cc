// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/note_commit.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/note_text.h"

namespace rollout::gitops {
namespace {

constexpr size_t kMaxNoteBytes = 1 << 20;

using GitNote = GitHandle<git_note, git_note_free>;
using GitSignature = GitHandle<git_signature, git_signature_free>;

absl::StatusOr<git_oid> ParseId(const std::string& digits) {
  git_oid id;
  if (digits.size() == GIT_OID_HEXSZ &&
      git_oid_fromstr(&id, digits.c_str()) == 0) {
    return id;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", digits, "\" is not the id of a commit"));
}

// The note of `annotated`; "": it has none. Not by git_note_message, which ends
// at the first NUL: what is there must not be lost.
absl::StatusOr<std::string> ReadNote(git_repository* repository,
                                     git_commit* notes,
                                     const git_oid& annotated) {
  GitNote note;
  const int found =
      git_note_commit_read(Receive(&note).out(), repository, notes, &annotated);
  if (found == GIT_ENOTFOUND) return "";
  RETURN_IF_ERROR(CopyStatus(found));
  GitBlob blob;
  RETURN_IF_ERROR(CopyStatus(git_blob_lookup(Receive(&blob).out(), repository,
                                             git_note_id(note.get()))));
  const size_t size = git_blob_rawsize(blob.get());
  const absl::string_view text(
      static_cast<const char*>(git_blob_rawcontent(blob.get())), size);
  if (size > kMaxNoteBytes || text.find('\0') != text.npos) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the note of ", kNotesReference,
        " there is no text, or has more than 1 MiB: remove it with git notes "
        "--ref=rollout-status remove"));
  }
  return std::string(text);
}

}  // namespace

absl::StatusOr<std::string> CommitNote(git_repository* repository,
                                       const std::string& parent,
                                       const NoteRequest& request) {
  ASSIGN_OR_RETURN(git_oid annotated, ParseId(request.commit()));
  GitCommit notes;
  std::string before;
  if (!parent.empty()) {
    ASSIGN_OR_RETURN(git_oid id, ParseId(parent));
    RETURN_IF_ERROR(
        CopyStatus(git_commit_lookup(Receive(&notes).out(), repository, &id)));
    ASSIGN_OR_RETURN(before, ReadNote(repository, notes.get(), annotated));
  }
  const std::string after = WithLine(before, request);
  if (after == before) return parent;
  GitSignature author;
  RETURN_IF_ERROR(CopyStatus(
      git_signature_now(Receive(&author).out(), "Rollout",
                        absl::StrCat("rollout@", request.author()).c_str())));
  git_oid made;
  RETURN_IF_ERROR(CopyStatus(git_note_commit_create(
      &made, nullptr, repository, notes.get(), author.get(), author.get(),
      &annotated, after.c_str(), /*allow_note_overwrite=*/1)));
  char digits[GIT_OID_HEXSZ + 1];
  return std::string(git_oid_tostr(digits, sizeof digits, &made));
}

}  // namespace rollout::gitops
