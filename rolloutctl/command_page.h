// SPDX-License-Identifier: Apache-2.0
//
// What the parser knows of its commands, as a manual has it.
//
// Pure values and functions.

#ifndef ROLLOUTCTL_COMMAND_PAGE_H_
#define ROLLOUTCTL_COMMAND_PAGE_H_

#include <string>
#include <vector>

#include "base/command_parser.h"

namespace rollout::ctl {

// An argument or a flag.
struct PageEntry {
  // "PLAN"; "-o, --output table|json|yaml".
  std::string name;
  // A sentence or two, with the default.
  std::string what;
};

struct CommandPage {
  // "rolloutctl describe swap".
  std::string path;
  std::string what;
  // "rolloutctl describe swap PLAN/GENERATION [flags]".
  std::string usage;
  std::vector<PageEntry> arguments;
  // Its own; not those of the commands above it.
  std::vector<PageEntry> flags;
  // Paragraphs.
  std::vector<std::string> notes;
  // Lines to type.
  std::vector<std::string> examples;
};

// The program itself, then every command that does something, in the order of
// --help.
std::vector<CommandPage> CommandPages(const CommandParser& root);

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMMAND_PAGE_H_
