// SPDX-License-Identifier: Apache-2.0
//
// What `rolloutctl describe` begins with: a name and a value on each line.

#ifndef ROLLOUTCTL_RENDER_DESCRIPTION_LINE_H_
#define ROLLOUTCTL_RENDER_DESCRIPTION_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rollout::render {

// "Checked:     12s ago, every 1m0s", with a line break; what a terminal would
// obey is made harmless. Pure.
std::string DescriptionLine(absl::string_view name, absl::string_view value);

}  // namespace rollout::render

#endif  // ROLLOUTCTL_RENDER_DESCRIPTION_LINE_H_
