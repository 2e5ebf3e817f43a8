// SPDX-License-Identifier: Apache-2.0
//
// What our daemons' command lines have in common: --help, --version, and how a
// wrong flag is told.

#ifndef BASE_COMMAND_LINE_H_
#define BASE_COMMAND_LINE_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/command_parser.h"

namespace rollout {

// Parses for `parser`, of "rollout-agent" or the like, whose flags are all
// added but --version. Returns what is to be printed instead of running; empty:
// run. InvalidArgument: a wrong flag. Not thread-safe.
absl::StatusOr<std::string> ParseCommandLine(CommandParser& parser,
                                             const std::string& name, int argc,
                                             const char* const* argv);

}  // namespace rollout

#endif  // BASE_COMMAND_LINE_H_
