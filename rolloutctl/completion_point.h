// SPDX-License-Identifier: Apache-2.0
//
// Where on a command line somebody is typing, by the parser's own tree of
// commands and flags.
//
// Pure values and functions; the tree must outlive them and not change.

#ifndef ROLLOUTCTL_COMPLETION_POINT_H_
#define ROLLOUTCTL_COMPLETION_POINT_H_

#include <map>
#include <string>
#include <vector>

#include "base/command_parser.h"

namespace rollout::ctl {

struct CompletionPoint {
  // The deepest command that is named.
  const CommandParser* command = nullptr;
  // Whose value is being typed: a flag's or an argument's; null: of neither.
  const Flag* value = nullptr;
  // A flag's name may be typed here; a command's.
  bool at_flag = false;
  bool at_command = false;
  // The word under the cursor: what is fixed of it ("--output="), and the part
  // of a value or name behind that.
  std::string fixed;
  std::string partial;
  // What the words before say, by the flag's long name or the argument's, with
  // "" for a flag without a value: {"plan", "web"}, {"--context", "staging"}.
  std::map<std::string, std::string> given;

  // What was given for that name; empty: nothing.
  std::string Given(const std::string& name) const;
};

// `words` without the program's name; the last one, which may be empty, is
// under the cursor. Words that are none of ours are passed over.
CompletionPoint FindCompletionPoint(const CommandParser& root,
                                    const std::vector<std::string>& words);

// The flags of the command and those above it, which it takes as well.
std::vector<const Flag*> FlagsOf(const CommandParser& command);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMPLETION_POINT_H_
