// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl as a function: a command line in, an exit code out.

#ifndef ROLLOUTCTL_PROGRAM_H_
#define ROLLOUTCTL_PROGRAM_H_

#include <string>
#include <vector>

#include "base/clock.h"
#include "rolloutctl/console.h"

namespace rollout::ctl {

// Runs the command that `arguments` (without the program's name) ask for, and
// returns one of ExitCode. Reads ROLLOUT_* from the environment.
int RunProgram(const std::vector<std::string>& arguments, Console& console,
               const Clock& clock);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_PROGRAM_H_
