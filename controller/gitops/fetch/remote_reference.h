// SPDX-License-Identifier: Apache-2.0
//
// A reference at the other end. One connection asks where it is and brings it.

#ifndef CONTROLLER_GITOPS_FETCH_REMOTE_REFERENCE_H_
#define CONTROLLER_GITOPS_FETCH_REMOTE_REFERENCE_H_

#include <git2.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/gitops/fetch/authentication.h"
#include "controller/gitops/fetch/git_handle.h"
#include "controller/gitops/fetch/repository_url.h"

namespace rollout::gitops {

// Not thread-safe. The errors are those of FetchFailure, and DataLoss: it may
// be our own copy that is broken.
class RemoteReference {
 public:
  // `name` is a valid one, "refs/...". `repository` is where it will be fetched
  // to; that and the authentication must outlive this.
  static absl::StatusOr<RemoteReference> Connect(
      git_repository* repository, const RepositoryUrl& url,
      const std::string& name, Authentication* authentication);

  // What it points to: 40 hexadecimal digits. Empty: there is no such one.
  absl::StatusOr<std::string> Head() const;

  // Brings that, with all it needs, to kHeadReference, wherever this was
  // before. Once.
  absl::Status Fetch();

 private:
  RemoteReference(GitRemote remote, const std::string& name,
                  Authentication* authentication);

  // What a call returned; what our own callbacks have said comes first.
  absl::Status StatusOf(int result) const;

  GitRemote remote_;
  std::string name_;
  Authentication* authentication_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_REMOTE_REFERENCE_H_
