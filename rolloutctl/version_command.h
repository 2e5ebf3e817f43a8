// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl version.

#ifndef ROLLOUTCTL_VERSION_COMMAND_H_
#define ROLLOUTCTL_VERSION_COMMAND_H_

#include "rolloutctl/command.h"

namespace rollout::ctl {

class VersionCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_VERSION_COMMAND_H_
