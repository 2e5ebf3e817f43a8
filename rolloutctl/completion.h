// SPDX-License-Identifier: Apache-2.0
//
// What the scripts of `rolloutctl completion` ask for behind the user's back:
// "rolloutctl __complete -- WORDS...", the last of them under the cursor.

#ifndef ROLLOUTCTL_COMPLETION_H_
#define ROLLOUTCTL_COMPLETION_H_

#include <string>
#include <vector>

#include "base/command_parser.h"
#include "rolloutctl/console.h"

namespace rollout::ctl {

// Prints what the word under the cursor may become, whole words, one a line:
// "WORD", or "WORD<tab>what it is". ":files" and ":directories" stand for the
// names of those, which the shell knows how to complete. Says nothing of what
// fails.
void Complete(const CommandParser& root, const std::vector<std::string>& words,
              Console& console);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMPLETION_H_
