// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/named_file.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace rollout::gitops {

absl::StatusOr<std::string> ReadNamedFile(FileSystem& files,
                                          absl::string_view path,
                                          absl::string_view what) {
  absl::StatusOr<std::string> content = files.Read(path);
  if (content.ok()) return content;
  return absl::InvalidArgumentError(
      absl::StrCat(what, ": ", content.status().message(),
                   ": name a file that the controller's user may read"));
}

}  // namespace rollout::gitops
