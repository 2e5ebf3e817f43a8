// SPDX-License-Identifier: Apache-2.0
//
// `rolloutctl why`: what holds a rollout's hosts back now.

#ifndef ROLLOUTCTL_WHY_COMMAND_H_
#define ROLLOUTCTL_WHY_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

class WhyCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string plan_;
  std::string host_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_WHY_COMMAND_H_
