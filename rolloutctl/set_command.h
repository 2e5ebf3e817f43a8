// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl set: one thing of a plan is changed, the rest stays.

#ifndef ROLLOUTCTL_SET_COMMAND_H_
#define ROLLOUTCTL_SET_COMMAND_H_

#include <string>

#include "rolloutctl/applied_plans.h"
#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

// set artifact PLAN
class SetArtifactCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string plan_;
  std::string url_;
  std::string sha256_;
  std::string message_;
  RolloutWait wait_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_SET_COMMAND_H_
