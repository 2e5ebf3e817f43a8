// SPDX-License-Identifier: Apache-2.0
//
// What several commands ask for in the same words. The variables must outlive
// the parsing.

#ifndef ROLLOUTCTL_COMMON_FLAGS_H_
#define ROLLOUTCTL_COMMON_FLAGS_H_

#include <string>

#include "base/command_parser.h"

namespace rollout::ctl {

// The plan it is about, which has to be named.
void AddPlan(CommandParser& command, std::string& plan);

// --message: why somebody does this.
void AddMessage(CommandParser& command, std::string& message);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMMON_FLAGS_H_
