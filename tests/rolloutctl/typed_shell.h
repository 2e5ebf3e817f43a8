// SPDX-License-Identifier: Apache-2.0
//
// An interactive shell on a terminal of its own, and somebody who types.

#ifndef TESTS_ROLLOUTCTL_TYPED_SHELL_H_
#define TESTS_ROLLOUTCTL_TYPED_SHELL_H_

#include <string>
#include <vector>

namespace rollout {

// Runs the command (found in PATH, in that environment) on a new terminal,
// types `keys` into it, and returns all that was shown there until the command
// ended, which `keys` must bring about. The keys must be fewer than the 4096
// that a terminal keeps for who does not read yet.
std::string TypeInto(const std::vector<std::string>& command,
                     const std::vector<std::string>& environment,
                     const std::string& keys);

}  // namespace rollout

#endif  // TESTS_ROLLOUTCTL_TYPED_SHELL_H_
