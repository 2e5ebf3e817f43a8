// SPDX-License-Identifier: Apache-2.0
//
// Where a command reads and writes: results on `out`, progress and errors on
// `err`. A test gives it string streams.

#ifndef ROLLOUTCTL_CONSOLE_H_
#define ROLLOUTCTL_CONSOLE_H_

#include <functional>
#include <istream>
#include <optional>
#include <ostream>

namespace rollout::ctl {

struct WindowSize {
  int columns = 80;
  int rows = 24;
};

// The streams must outlive it.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  // The size of the terminal `out` is on, now; none: `out` is no terminal.
  std::function<std::optional<WindowSize>()> window;
  bool color = false;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONSOLE_H_
