// SPDX-License-Identifier: Apache-2.0
//
// The digest of one file out of a list as sha256sum(1) writes and reads it.
// Pure.

#ifndef CONTROLLER_GITOPS_SHA256SUMS_H_
#define CONTROLLER_GITOPS_SHA256SUMS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout::gitops {

// 64 hexadecimal digits, lower case, of the file `name`: one without a
// directory, which is compared with the last part of each name listed. Lines
// are "DIGEST  NAME" (text), "DIGEST *NAME" (binary) or "SHA256 (NAME) =
// DIGEST"; empty ones and those that begin with '#' are skipped.
//
// InvalidArgument: a line of another form, or with a name that is escaped; says
// which line, and nothing of what is in it: the file may be another than was
// meant. NotFound: no such name. FailedPrecondition: listed with several
// digests.
absl::StatusOr<std::string> DigestOf(absl::string_view name,
                                     absl::string_view sums);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SHA256SUMS_H_
