// SPDX-License-Identifier: Apache-2.0
//
// The flags of every command that calls the controller, and the variables of
// the environment that stand for them.

#ifndef ROLLOUTCTL_CONNECTION_FLAGS_H_
#define ROLLOUTCTL_CONNECTION_FLAGS_H_

#include <string>
#include <vector>

#include "base/command_parser.h"
#include "rolloutctl/connection.h"

namespace rollout::ctl {

// `flags` must outlive the parsing.
void AddConnectionFlags(CommandParser& parser, ConnectionFlags& flags);

// What ROLLOUT_* say; call it once the flags were parsed.
void ReadEnvironment(ConnectionFlags& flags);

// Those variables that are set and stand above the current context:
// {"ROLLOUT_CONTROLLER"}.
std::vector<std::string> VariablesAboveCurrent(const ConnectionFlags& flags);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONNECTION_FLAGS_H_
