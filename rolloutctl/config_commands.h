// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl config: which fleets there are, and which one is meant where no
// flag says. Works on the file of contexts alone, without a controller.

#ifndef ROLLOUTCTL_CONFIG_COMMANDS_H_
#define ROLLOUTCTL_CONFIG_COMMANDS_H_

#include <string>

#include "rolloutctl/command.h"

namespace rollout::ctl {

class ConfigListCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;
};

class ConfigUseCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string name_;
};

// The one that counts, by --context and ROLLOUT_CONTEXT as well. NotFound: none
// does, or it is not in the file.
class ConfigCurrentCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONFIG_COMMANDS_H_
