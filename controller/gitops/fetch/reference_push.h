// SPDX-License-Identifier: Apache-2.0
//
// Pushes one reference.

#ifndef CONTROLLER_GITOPS_FETCH_REFERENCE_PUSH_H_
#define CONTROLLER_GITOPS_FETCH_REFERENCE_PUSH_H_

#include <git2.h>

#include <string>

#include "absl/status/status.h"
#include "controller/gitops/fetch/authentication.h"
#include "controller/gitops/fetch/repository_url.h"

namespace rollout::gitops {

// Moves `reference` at the other end on to where kHeadReference is here.
// `authentication` is one that has not been used. Unavailable also: somebody
// has moved it elsewhere meanwhile. PermissionDenied also: the other end does
// not take it. Else as RemoteReference.
absl::Status PushReference(git_repository* repository, const RepositoryUrl& url,
                           const std::string& reference,
                           Authentication* authentication);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_REFERENCE_PUSH_H_
