// SPDX-License-Identifier: Apache-2.0
//
// What teaches a shell to complete rolloutctl's command lines. Each script
// hands the words to "rolloutctl __complete" (completion.h) and its answer to
// the shell.

#ifndef ROLLOUTCTL_COMPLETION_SCRIPTS_H_
#define ROLLOUTCTL_COMPLETION_SCRIPTS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace rollout::ctl {

inline constexpr char kShells[] = "bash|zsh|fish";

// For one of kShells; empty: it is none of them.
absl::string_view CompletionScript(const std::string& shell);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMPLETION_SCRIPTS_H_
