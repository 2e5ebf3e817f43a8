// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl sync: a source's repository is read now.

#ifndef ROLLOUTCTL_SYNC_COMMAND_H_
#define ROLLOUTCTL_SYNC_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

class SyncCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string source_;
  std::string message_;
  std::string timeout_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_SYNC_COMMAND_H_
