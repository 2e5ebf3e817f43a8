// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/fetch/fetch_failure.h"

#include "absl/strings/str_cat.h"

namespace rollout::gitops {

absl::Status ToFailure(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
      return status;
    case absl::StatusCode::kResourceExhausted:
      return absl::ResourceExhaustedError(absl::StrCat(
          status.message(),
          ": a fetch may use 512 MiB of memory and 4 GiB for one pack, and "
          "needs room on disk; from a file:/// address it needs twice the "
          "largest file's size in memory: take large files out of the "
          "branch's history, or fetch by https or ssh"));
    default:
      return absl::UnavailableError(
          absl::StrCat(status.message(),
                       ": the repository may be damaged: try git fsck there"));
  }
}

}  // namespace rollout::gitops
