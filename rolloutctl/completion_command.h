// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl completion: prints what a shell is to source.

#ifndef ROLLOUTCTL_COMPLETION_COMMAND_H_
#define ROLLOUTCTL_COMPLETION_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"

namespace rollout::ctl {

class CompletionCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  // InvalidArgument: there is none for that shell.
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string shell_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMPLETION_COMMAND_H_
