// SPDX-License-Identifier: Apache-2.0
//
// The two macros every fallible function is written with, and one helper that
// adds context to a status as it passes.

#ifndef BASE_STATUS_MACROS_H_
#define BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

// Returns from the enclosing function when `expression` is not OK.
#define RETURN_IF_ERROR(expression)                                  \
  do {                                                               \
    absl::Status return_if_error_status = (expression);              \
    if (!return_if_error_status.ok()) return return_if_error_status; \
  } while (false)

// ASSIGN_OR_RETURN(auto x, MakeX()): declares or assigns, or returns the error.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_AT_LINE_(target, expression, __LINE__)
#define ASSIGN_OR_RETURN_AT_LINE_(target, expression, line) \
  ASSIGN_OR_RETURN_NAMED_(target, expression, line)
#define ASSIGN_OR_RETURN_NAMED_(target, expression, line)                  \
  auto status_or_##line = (expression);                                    \
  if (!status_or_##line.ok()) return std::move(status_or_##line).status(); \
  target = *std::move(status_or_##line)

namespace rollout {

// The same error with "context: " in front of its message.
inline absl::Status WithContext(const absl::Status& status,
                                absl::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(context, ": ", status.message()));
}

}  // namespace rollout

#endif  // BASE_STATUS_MACROS_H_
