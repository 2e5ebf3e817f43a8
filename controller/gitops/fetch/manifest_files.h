// SPDX-License-Identifier: Apache-2.0
//
// The manifests in a commit.

#ifndef CONTROLLER_GITOPS_FETCH_MANIFEST_FILES_H_
#define CONTROLLER_GITOPS_FETCH_MANIFEST_FILES_H_

#include <git2.h>

#include <string>

#include "absl/status/status.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::gitops {

// Adds every *.yaml and *.yml below the folder `path` ("": the whole tree), by
// path, and problems for: a folder that is not there; a manifest's name that is
// a link or a submodule; a path or content that is not UTF-8; a file of more
// than 1 MiB, more than 5,000 of them or 64 MiB together; more than 100,000
// files and folders, or 64 levels of them. Links and submodules of other names
// are passed over, nothing is followed. After 100 problems it stops.
// ResourceExhausted, DataLoss: as CopyStatus has them.
absl::Status AddManifestFiles(const git_commit& commit, const std::string& path,
                              FetchResult* result);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_MANIFEST_FILES_H_
