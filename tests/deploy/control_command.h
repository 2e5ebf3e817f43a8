// SPDX-License-Identifier: Apache-2.0
//
// Runs what operators talk to a supervisor with.

#ifndef TESTS_DEPLOY_CONTROL_COMMAND_H_
#define TESTS_DEPLOY_CONTROL_COMMAND_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace rollout::deploy {

// What the command wrote; it takes a minute at most. Unknown: it ended with
// another status than 0; the message has what it wrote.
absl::StatusOr<std::string> Tell(std::vector<std::string> command,
                                 std::vector<std::string> environment);

// The number that such a command wrote; 0: it failed or wrote none.
pid_t PidIn(const absl::StatusOr<std::string>& told);

}  // namespace rollout::deploy

#endif  // TESTS_DEPLOY_CONTROL_COMMAND_H_
