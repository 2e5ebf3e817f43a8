// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/version_command.h"

#include "base/version.h"

namespace rollout::ctl {

CommandParser& VersionCommand::Register(CommandParser& parent) {
  CommandParser& parser =
      parent.AddCommand("version", "Print rolloutctl's version");
  parser.SetFooter("Examples:\n  rolloutctl version");
  return parser;
}

absl::StatusOr<ExitCode> VersionCommand::Run(Session& session) {
  session.console.out << "rolloutctl " << kVersion << "\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
