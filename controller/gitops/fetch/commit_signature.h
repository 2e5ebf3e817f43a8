// SPDX-License-Identifier: Apache-2.0
//
// Whether a commit is signed by somebody who may.

#ifndef CONTROLLER_GITOPS_FETCH_COMMIT_SIGNATURE_H_
#define CONTROLLER_GITOPS_FETCH_COMMIT_SIGNATURE_H_

#include <git2.h>

#include <string>

#include "absl/status/status.h"
#include "base/file_system.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Sets the signer, or adds a problem of the commit as a whole: it has no
// signature, or none by a key of `verify`. `scratch` is a directory that
// exists. InvalidArgument: the keys can't be used. FailedPrecondition: a
// program is missing. ResourceExhausted, DataLoss: as CopyStatus has them.
absl::Status CheckCommitSignature(const git_commit& commit,
                                  const Verify& verify,
                                  const std::string& scratch, FileSystem& files,
                                  FetchResult* result);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_COMMIT_SIGNATURE_H_
