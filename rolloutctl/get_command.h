// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl get: lists of what the controller knows.

#ifndef ROLLOUTCTL_GET_COMMAND_H_
#define ROLLOUTCTL_GET_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

class GetCommand : public Command {
 public:
  CLI::App* Register(CLI::App& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string kind_;
  std::string name_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_GET_COMMAND_H_
