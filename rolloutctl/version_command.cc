// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/version_command.h"

#include "CLI/CLI.hpp"
#include "base/version.h"

namespace rollout::ctl {

CLI::App* VersionCommand::Register(CLI::App& parent) {
  CLI::App* app =
      parent.add_subcommand("version", "Print rolloutctl's version");
  app->footer("Examples:\n  rolloutctl version");
  return app;
}

absl::StatusOr<ExitCode> VersionCommand::Run(Session& session) {
  session.console.out << "rolloutctl " << kVersion << "\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
