// SPDX-License-Identifier: Apache-2.0
//
// Files that a source's settings name.

#ifndef CONTROLLER_GITOPS_FETCH_NAMED_FILE_H_
#define CONTROLLER_GITOPS_FETCH_NAMED_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/file_system.h"

namespace rollout::gitops {

// The whole content. `what` says what it holds: "the known hosts".
// InvalidArgument: it can't be read.
absl::StatusOr<std::string> ReadNamedFile(FileSystem& files,
                                          absl::string_view path,
                                          absl::string_view what);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_NAMED_FILE_H_
