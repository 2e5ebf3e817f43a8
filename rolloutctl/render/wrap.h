// SPDX-License-Identifier: Apache-2.0
//
// Text in lines of a window's width.

#ifndef ROLLOUTCTL_RENDER_WRAP_H_
#define ROLLOUTCTL_RENDER_WRAP_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rollout::render {

// `text`, one line of UTF-8, in lines of at most `columns` (at least 1), broken
// at blanks, and in the middle of a word that is longer than a line. At least
// one line. A pure function, safe from any thread.
std::vector<std::string> Wrap(absl::string_view text, int columns);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_WRAP_H_
