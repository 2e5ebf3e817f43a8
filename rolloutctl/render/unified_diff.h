// SPDX-License-Identifier: Apache-2.0
//
// Two texts as a unified diff, which patch(1) can apply.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_RENDER_UNIFIED_DIFF_H_
#define ROLLOUTCTL_RENDER_UNIFIED_DIFF_H_

#include <string>

namespace rollout::render {

// One side of a comparison.
struct DiffSide {
  // As a path, for the header: "stored/web.yaml", "/dev/null".
  std::string name;
  // Lines, compared byte by byte. Empty, or ends with a line break.
  std::string text;
};

// Empty: the texts are the same. Three lines around what differs; `color`: what
// goes is red and what comes green.
std::string UnifiedDiff(const DiffSide& from, const DiffSide& to, bool color);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_UNIFIED_DIFF_H_
