// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/note_push.h"

#include <git2.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/authentication.h"
#include "controller/gitops/fetch/fetch_failure.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/local_copy.h"
#include "controller/gitops/fetch/note_commit.h"
#include "controller/gitops/fetch/note_in_place.h"
#include "controller/gitops/fetch/private_home.h"
#include "controller/gitops/fetch/reference_push.h"
#include "controller/gitops/fetch/remote_reference.h"
#include "controller/gitops/fetch/repository_url.h"

namespace rollout::gitops {
namespace {

// Brings the notes at the other end to `copy`; returns where they are, "":
// there are none.
absl::StatusOr<std::string> FetchNotes(git_repository* copy,
                                       const RepositoryUrl& url,
                                       const NoteRequest& request,
                                       FileSystem& files) {
  ASSIGN_OR_RETURN(Authentication authentication,
                   Authentication::Read(url, request.credentials(), files));
  ASSIGN_OR_RETURN(
      RemoteReference notes,
      RemoteReference::Connect(copy, url, kNotesReference, &authentication));
  ASSIGN_OR_RETURN(std::string head, notes.Head());
  if (!head.empty()) RETURN_IF_ERROR(notes.Fetch());
  return head;
}

absl::Status SetHead(git_repository* copy, const std::string& commit) {
  git_oid id;
  RETURN_IF_ERROR(CopyStatus(git_oid_fromstr(&id, commit.c_str())));
  git_reference* reference = nullptr;
  const int made = git_reference_create(&reference, copy, kHeadReference, &id,
                                        /*force=*/1, nullptr);
  git_reference_free(reference);
  return CopyStatus(made);
}

// By way of `copy`, which is kept once the notes are in it.
absl::Status PushBy(LocalCopy copy, const RepositoryUrl& url,
                    const NoteRequest& request, FileSystem& files) {
  ASSIGN_OR_RETURN(std::string before,
                   FetchNotes(copy.repository(), url, request, files));
  ASSIGN_OR_RETURN(std::string after,
                   CommitNote(copy.repository(), before, request));
  if (after != before) {
    // The next fetch puts it back where this does not get through.
    RETURN_IF_ERROR(SetHead(copy.repository(), after));
    // Credentials are given once.
    ASSIGN_OR_RETURN(Authentication authentication,
                     Authentication::Read(url, request.credentials(), files));
    RETURN_IF_ERROR(PushReference(copy.repository(), url, kNotesReference,
                                  &authentication));
  }
  return copy.Keep(files);
}

absl::Status Push(const RepositoryUrl& url, const NoteRequest& request,
                  FileSystem& files) {
  if (url.transport == RepositoryUrl::Transport::kFile) {
    return WriteNoteInPlace(request);
  }
  ASSIGN_OR_RETURN(LocalCopy copy,
                   LocalCopy::Open(request.repository(), files));
  const bool was_there = !copy.is_new();
  absl::Status status = PushBy(std::move(copy), url, request, files);
  // A copy that was cut short or damaged costs one fetch of everything.
  if (was_there && absl::IsDataLoss(status)) {
    ASSIGN_OR_RETURN(LocalCopy anew,
                     LocalCopy::MakeAnew(request.repository(), files));
    status = PushBy(std::move(anew), url, request, files);
  }
  return status;
}

absl::Status CheckRequest(const NoteRequest& request) {
  if (!absl::StartsWith(request.repository(), "/")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the copy's directory \"", request.repository(), "\" is not absolute"));
  }
  if (request.key().empty() ||
      !absl::StartsWith(request.saying(), request.key()) ||
      !absl::StartsWith(request.line(), request.key()) ||
      !absl::StartsWith(request.line(), request.saying()) ||
      request.line().find_first_of(std::string("\n\0", 2)) !=
          std::string::npos) {
    return absl::InvalidArgumentError(
        "the line of the note is not one line that begins with its key");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PushNote(const NoteRequest& request, FileSystem& files) {
  ASSIGN_OR_RETURN(RepositoryUrl url, ParseRepositoryUrl(request.url()));
  RETURN_IF_ERROR(CheckRequest(request));
  RETURN_IF_ERROR(MakePrivateHome(request.repository() + ".home",
                                  request.credentials(), files));
  absl::Status status = Push(url, request, files);
  return status.ok() ? status : WithContext(ToFailure(status), request.url());
}

}  // namespace rollout::gitops
