// SPDX-License-Identifier: Apache-2.0
//
// Shows a text on a terminal and each later one in its place.

#ifndef ROLLOUTCTL_RENDER_SCREEN_H_
#define ROLLOUTCTL_RENDER_SCREEN_H_

#include <ostream>
#include <string>

#include "absl/strings/string_view.h"

namespace rollout::render {

// `line` cut to `columns` characters; codes for colors are kept and count for
// nothing.
std::string CutLine(absl::string_view line, int columns);

// Not thread-safe.
class Screen {
 public:
  // `out` must outlive this.
  explicit Screen(std::ostream& out) : out_(out) {}

  // Puts `text` where the one before was. What a window of `columns` by `rows`
  // can't hold is cut: a line that wraps, or a top that scrolled away, could
  // not be drawn over.
  void Draw(absl::string_view text, int columns, int rows);

 private:
  std::ostream& out_;
  // Lines of the text before, all above the cursor.
  int drawn_ = 0;
};

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_SCREEN_H_
