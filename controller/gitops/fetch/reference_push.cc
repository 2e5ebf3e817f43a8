// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/reference_push.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/local_copy.h"

namespace rollout::gitops {
namespace {

absl::Status Overtaken(const std::string& rejection) {
  return absl::UnavailableError(
      absl::StrCat("somebody else has pushed notes at the same time: ",
                   rejection.empty() ? "not a fast-forward" : rejection));
}

// What git-receive-pack(1) says of a reference that it could not move, or not
// so, since somebody else was faster; the rest is the server's own rules.
bool MayPass(absl::string_view rejection) {
  constexpr absl::string_view kPassing[] = {"failed to update ref",
                                            "failed to lock", "cannot lock ref",
                                            "non-fast-forward"};
  return std::any_of(std::begin(kPassing), std::end(kPassing),
                     [rejection](absl::string_view words) {
                       return absl::StrContains(rejection, words);
                     });
}

absl::Status StatusOf(int result, const std::string& reference,
                      const Authentication& authentication) {
  if (result == GIT_ENONFASTFORWARD) return Overtaken("");
  const absl::Status status = RemoteStatus(result);
  if (!authentication.refusal().ok()) {
    return WithContext(authentication.refusal(),
                       absl::StrCat("to push ", reference));
  }
  const std::string& rejection = authentication.rejection();
  if (status.ok() && rejection.empty()) return status;
  if (MayPass(rejection)) return Overtaken(rejection);
  if (!rejection.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the other end does not take ", reference, ": ", rejection,
                     ": give the source's credentials the right to push it"));
  }
  if (!absl::IsPermissionDenied(status)) return status;
  return absl::PermissionDeniedError(absl::StrCat(
      status.message(), ": give the source's credentials the right to push ",
      reference));
}

}  // namespace

absl::Status PushReference(git_repository* repository, const RepositoryUrl& url,
                           const std::string& reference,
                           Authentication* authentication) {
  GitRemote remote;
  RETURN_IF_ERROR(CopyStatus(git_remote_create_anonymous(
      Receive(&remote).out(), repository, url.address.c_str())));
  // Without a "+": nothing of others is overwritten.
  std::string refspec = absl::StrCat(kHeadReference, ":", reference);
  char* refspecs[] = {refspec.data()};
  const git_strarray wanted = {refspecs, 1};
  git_push_options options;
  RETURN_IF_ERROR(
      CopyStatus(git_push_options_init(&options, GIT_PUSH_OPTIONS_VERSION)));
  authentication->AddTo(&options.callbacks);
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  const int pushed = git_remote_push(remote.get(), &wanted, &options);
  return StatusOf(pushed, reference, *authentication);
}

}  // namespace rollout::gitops
