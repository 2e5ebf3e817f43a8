// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl delete: a plan goes, and with --stop its services with it.

#ifndef ROLLOUTCTL_DELETE_COMMAND_H_
#define ROLLOUTCTL_DELETE_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"

namespace rollout::ctl {

class DeleteCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string plan_;
  std::string message_;
  bool stop_ = false;
  bool wait_ = false;
  std::string timeout_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_DELETE_COMMAND_H_
