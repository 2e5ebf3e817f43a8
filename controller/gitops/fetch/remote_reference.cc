// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/remote_reference.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/gitops/fetch/git_error.h"
#include "controller/gitops/fetch/local_copy.h"

namespace rollout::gitops {
namespace {

// Of a file:/// address there is nothing but the path to be wrong.
absl::Status FileStatus(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kDataLoss) return status;
  return absl::NotFoundError(absl::StrCat(
      status.message(),
      ": check the path, and that the controller's user may read it"));
}

}  // namespace

RemoteReference::RemoteReference(GitRemote remote, const std::string& name,
                                 Authentication* authentication)
    : remote_(std::move(remote)),
      name_(name),
      authentication_(authentication) {}

absl::StatusOr<RemoteReference> RemoteReference::Connect(
    git_repository* repository, const RepositoryUrl& url,
    const std::string& name, Authentication* authentication) {
  GitRemote remote;
  RETURN_IF_ERROR(CopyStatus(git_remote_create_anonymous(
      Receive(&remote).out(), repository, url.address.c_str())));
  RemoteReference connected(std::move(remote), name, authentication);

  git_remote_connect_options options;
  RETURN_IF_ERROR(CopyStatus(git_remote_connect_options_init(
      &options, GIT_REMOTE_CONNECT_OPTIONS_VERSION)));
  authentication->AddTo(&options.callbacks);
  // To another host it would take the password along.
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  absl::Status status = connected.StatusOf(git_remote_connect_ext(
      connected.remote_.get(), GIT_DIRECTION_FETCH, &options));
  if (url.transport == RepositoryUrl::Transport::kFile) {
    status = FileStatus(status);
  }
  RETURN_IF_ERROR(status);
  return connected;
}

absl::StatusOr<std::string> RemoteReference::Head() const {
  const git_remote_head** heads = nullptr;
  size_t count = 0;
  RETURN_IF_ERROR(StatusOf(git_remote_ls(&heads, &count, remote_.get())));
  for (size_t i = 0; i < count; ++i) {
    if (name_ != heads[i]->name) continue;
    char digits[GIT_OID_HEXSZ + 1];
    return std::string(git_oid_tostr(digits, sizeof digits, &heads[i]->oid));
  }
  return std::string();
}

absl::Status RemoteReference::Fetch() {
  std::string refspec = absl::StrCat("+", name_, ":", kHeadReference);
  char* refspecs[] = {refspec.data()};
  const git_strarray wanted = {refspecs, 1};
  git_fetch_options options;
  RETURN_IF_ERROR(
      CopyStatus(git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION)));
  authentication_->AddTo(&options.callbacks);
  options.prune = GIT_FETCH_NO_PRUNE;
  options.update_fetchhead = 0;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  return StatusOf(git_remote_fetch(remote_.get(), &wanted, &options, nullptr));
}

absl::Status RemoteReference::StatusOf(int result) const {
  absl::Status status = RemoteStatus(result);
  if (status.ok() || authentication_->refusal().ok()) return status;
  return authentication_->refusal();
}

}  // namespace rollout::gitops
