// SPDX-License-Identifier: Apache-2.0
//
// Text with ${NAME} in it. A '$' that no '{' follows stands for itself.
//
// Pure functions, safe from any thread.

#ifndef BASE_PLACEHOLDERS_H_
#define BASE_PLACEHOLDERS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace rollout {

// The names in `text`, in order, repeated ones too. InvalidArgument: a "${" is
// not closed.
absl::StatusOr<std::vector<std::string>> FindPlaceholders(
    absl::string_view text);

// `text` with every ${NAME} replaced. InvalidArgument: also when a name is not
// in `values`; names it.
absl::StatusOr<std::string> ReplacePlaceholders(
    absl::string_view text, const std::map<std::string, std::string>& values);

}  // namespace rollout

#endif  // BASE_PLACEHOLDERS_H_
