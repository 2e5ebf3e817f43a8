// SPDX-License-Identifier: Apache-2.0
//
// A branch at the other end. One connection asks where it is and brings it.

#ifndef CONTROLLER_GITOPS_FETCH_REMOTE_BRANCH_H_
#define CONTROLLER_GITOPS_FETCH_REMOTE_BRANCH_H_

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
class RemoteBranch {
 public:
  // `repository` is where it will be fetched to; that and the authentication
  // must outlive this.
  static absl::StatusOr<RemoteBranch> Connect(git_repository* repository,
                                              const RepositoryUrl& url,
                                              const std::string& branch,
                                              Authentication* authentication);

  // What it points to: 40 hexadecimal digits. NotFound: there is no such
  // branch.
  absl::StatusOr<std::string> Head() const;

  // Brings that, with all it needs, to kHeadReference, wherever this was
  // before. Once.
  absl::Status Fetch();

 private:
  RemoteBranch(GitRemote remote, const std::string& branch,
               Authentication* authentication);

  // What a call returned; what our own callbacks have said comes first.
  absl::Status StatusOf(int result) const;

  GitRemote remote_;
  std::string branch_;
  Authentication* authentication_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_REMOTE_BRANCH_H_
