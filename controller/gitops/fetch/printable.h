// SPDX-License-Identifier: Apache-2.0
//
// Words of others, on their way to a message, a page or a terminal.

#ifndef CONTROLLER_GITOPS_FETCH_PRINTABLE_H_
#define CONTROLLER_GITOPS_FETCH_PRINTABLE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace rollout::gitops {

// Whether it is valid UTF-8 without control characters.
bool IsPrintable(absl::string_view text);

// `text` with what is not printable told as "\n" or "\xff", cut to at most
// `limit` bytes of whole characters.
std::string Printable(absl::string_view text, size_t limit);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_FETCH_PRINTABLE_H_
