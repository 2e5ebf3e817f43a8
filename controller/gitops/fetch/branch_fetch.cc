// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/branch_fetch.h"

#include <git2.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/authentication.h"
#include "controller/gitops/fetch/commit_facts.h"
#include "controller/gitops/fetch/commit_signature.h"
#include "controller/gitops/fetch/fetch_failure.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/local_copy.h"
#include "controller/gitops/fetch/manifest_files.h"
#include "controller/gitops/fetch/printable.h"
#include "controller/gitops/fetch/private_home.h"
#include "controller/gitops/fetch/remote_reference.h"
#include "controller/gitops/fetch/repository_url.h"

namespace rollout::gitops {
namespace {

std::string ReferenceOf(const std::string& branch) {
  return "refs/heads/" + branch;
}

absl::Status CheckBranch(const std::string& branch) {
  int valid = 0;
  if (git_reference_name_is_valid(&valid, ReferenceOf(branch).c_str()) == 0 &&
      valid != 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", branch,
                   "\" can't be the name of a branch: see git help "
                   "check-ref-format"));
}

absl::Status NoBranch(const std::string& branch) {
  return absl::NotFoundError(absl::StrCat(
      "there is no branch \"", branch,
      "\": push it, or set the source's branch to one that is there"));
}

absl::Status CheckRequest(const FetchRequest& request) {
  RETURN_IF_ERROR(CheckBranch(request.branch()));
  if (!absl::StartsWith(request.repository(), "/")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the copy's directory \"", request.repository(), "\" is not absolute"));
  }
  std::vector<absl::string_view> names = absl::StrSplit(request.path(), '/');
  if (!IsPrintable(request.path()) ||
      std::any_of(names.begin(), names.end(), [](absl::string_view name) {
        return name == "." || name == "..";
      })) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the path \"", Printable(request.path(), 200),
        "\" leads nowhere in a repository: write it from the repository's "
        "top, as in plans/production"));
  }
  return absl::OkStatus();
}

std::string HomeOf(const FetchRequest& request) {
  return request.repository() + ".home";
}

// The files of a commit whose signature is refused are not read.
absl::StatusOr<FetchResult> ReadCommit(git_repository* repository,
                                       const FetchRequest& request,
                                       FileSystem& files) {
  git_oid id;
  RETURN_IF_ERROR(
      CopyStatus(git_reference_name_to_id(&id, repository, kHeadReference)));
  GitCommit commit;
  RETURN_IF_ERROR(
      CopyStatus(git_commit_lookup(Receive(&commit).out(), repository, &id)));
  FetchResult result;
  SetCommitFacts(*commit, &result);
  if (request.has_verify()) {
    RETURN_IF_ERROR(CheckCommitSignature(*commit, request.verify(),
                                         HomeOf(request), files, &result));
    if (result.problems_size() > 0) return result;
  }
  RETURN_IF_ERROR(AddManifestFiles(*commit, request.path(), &result));
  return result;
}

// Into `copy`, which is kept if all went well.
absl::StatusOr<FetchResult> FetchInto(LocalCopy copy, const RepositoryUrl& url,
                                      const FetchRequest& request,
                                      FileSystem& files) {
  ASSIGN_OR_RETURN(Authentication authentication,
                   Authentication::Read(url, request.credentials(), files));
  FetchResult result;
  {
    ASSIGN_OR_RETURN(RemoteReference branch,
                     RemoteReference::Connect(copy.repository(), url,
                                              ReferenceOf(request.branch()),
                                              &authentication));
    ASSIGN_OR_RETURN(std::string head, branch.Head());
    if (head.empty()) return NoBranch(request.branch());
    if (head == request.known_commit()) {
      result.set_commit(head);
      result.set_unchanged(true);
      RETURN_IF_ERROR(copy.Discard(files));
      return result;
    }
    RETURN_IF_ERROR(branch.Fetch());
    ASSIGN_OR_RETURN(result, ReadCommit(copy.repository(), request, files));
  }
  RETURN_IF_ERROR(copy.Keep(files));
  return result;
}

absl::StatusOr<FetchResult> Fetch(const RepositoryUrl& url,
                                  const FetchRequest& request,
                                  FileSystem& files) {
  ASSIGN_OR_RETURN(LocalCopy copy,
                   LocalCopy::Open(request.repository(), files));
  const bool was_there = !copy.is_new();
  absl::StatusOr<FetchResult> result =
      FetchInto(std::move(copy), url, request, files);
  // A copy that was cut short or damaged costs one fetch of everything.
  if (was_there && absl::IsDataLoss(result.status())) {
    ASSIGN_OR_RETURN(LocalCopy anew,
                     LocalCopy::MakeAnew(request.repository(), files));
    result = FetchInto(std::move(anew), url, request, files);
  }
  return result;
}

}  // namespace

absl::StatusOr<FetchResult> FetchBranch(const FetchRequest& request,
                                        FileSystem& files) {
  ASSIGN_OR_RETURN(RepositoryUrl url, ParseRepositoryUrl(request.url()));
  RETURN_IF_ERROR(CheckRequest(request));
  RETURN_IF_ERROR(
      MakePrivateHome(HomeOf(request), request.credentials(), files));
  absl::StatusOr<FetchResult> result = Fetch(url, request, files);
  if (result.ok()) return result;
  return WithContext(ToFailure(result.status()), request.url());
}

}  // namespace rollout::gitops
