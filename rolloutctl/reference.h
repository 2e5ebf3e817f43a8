// SPDX-License-Identifier: Apache-2.0
//
// The manual of rolloutctl, from what its parser knows.
//
// Pure functions, safe from any thread.

#ifndef ROLLOUTCTL_REFERENCE_H_
#define ROLLOUTCTL_REFERENCE_H_

#include <string>
#include <vector>

#include "rolloutctl/command_page.h"

namespace rollout::ctl {

// The first page is the program's own, as CommandPages has it.

// As docs/reference/rolloutctl.md.
std::string MarkdownReference(const std::vector<CommandPage>& pages);

// As rolloutctl(1), in the macros of man(7).
std::string ManReference(const std::vector<CommandPage>& pages);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_REFERENCE_H_
