// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/note_in_place.h"

#include <git2.h>
#include <sys/stat.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/url_path.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/note_commit.h"

namespace rollout::gitops {
namespace {

absl::StatusOr<GitRepository> Open(const std::string& url) {
  ASSIGN_OR_RETURN(std::string path, PathOfFileUrl(url));
  GitRepository repository;
  const absl::Status opened = CopyStatus(
      git_repository_open_ext(Receive(&repository).out(), path.c_str(),
                              GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr));
  if (opened.ok()) return repository;
  return absl::NotFoundError(absl::StrCat(
      opened.message(),
      ": check the path, and that the controller's user may read it"));
}

// A group that shares the repository must be able to go on in what is made.
void TakeUmaskFrom(git_repository* repository) {
  const std::string objects =
      absl::StrCat(git_repository_commondir(repository), "objects");
  struct stat status {};
  if (stat(objects.c_str(), &status) == 0) umask(~status.st_mode & 0777);
}

// Where the notes are; "": there are none.
absl::StatusOr<std::string> Head(git_repository* repository) {
  git_oid id;
  const int found = git_reference_name_to_id(&id, repository, kNotesReference);
  if (found == GIT_ENOTFOUND) return "";
  RETURN_IF_ERROR(CopyStatus(found));
  char digits[GIT_OID_HEXSZ + 1];
  return std::string(git_oid_tostr(digits, sizeof digits, &id));
}

// All zeros of "".
absl::StatusOr<git_oid> ToId(const std::string& commit) {
  git_oid id = {};
  if (commit.empty()) return id;
  RETURN_IF_ERROR(CopyStatus(git_oid_fromstr(&id, commit.c_str())));
  return id;
}

// Unless somebody else was faster.
absl::Status MoveHead(git_repository* repository, const std::string& before,
                      const std::string& after) {
  ASSIGN_OR_RETURN(const git_oid expected, ToId(before));
  ASSIGN_OR_RETURN(const git_oid id, ToId(after));
  git_reference* reference = nullptr;
  const int moved = git_reference_create_matching(
      &reference, repository, kNotesReference, &id, /*force=*/1, &expected,
      "rollout-status");
  git_reference_free(reference);
  if (moved == GIT_EMODIFIED || moved == GIT_EEXISTS) {
    return absl::UnavailableError(
        "somebody else has pushed notes at the same time");
  }
  if (moved == GIT_ELOCKED) {
    return absl::UnavailableError(
        absl::StrCat(CopyStatus(moved).message(),
                     ": somebody else is at the notes; if "
                     "nobody is, remove ",
                     kNotesReference, ".lock from the repository"));
  }
  return CopyStatus(moved);
}

absl::Status Write(git_repository* repository, const NoteRequest& request) {
  ASSIGN_OR_RETURN(std::string before, Head(repository));
  ASSIGN_OR_RETURN(std::string after, CommitNote(repository, before, request));
  return after == before ? absl::OkStatus()
                         : MoveHead(repository, before, after);
}

}  // namespace

absl::Status WriteNoteInPlace(const NoteRequest& request) {
  ASSIGN_OR_RETURN(GitRepository repository, Open(request.url()));
  TakeUmaskFrom(repository.get());
  const absl::Status written = Write(repository.get(), request);
  if (!absl::IsDataLoss(written)) return written;
  // Nothing but the disk lies between.
  return absl::PermissionDeniedError(absl::StrCat(
      written.message(),
      ": check that the controller's user may write to the repository, and "
      "that with systemd ReadWritePaths= names it"));
}

}  // namespace rollout::gitops
