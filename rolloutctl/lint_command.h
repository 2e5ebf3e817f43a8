// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl lint: checks manifests without a controller, by its own code. For
// editors and CI.

#ifndef ROLLOUTCTL_LINT_COMMAND_H_
#define ROLLOUTCTL_LINT_COMMAND_H_

#include <string>
#include <vector>

#include "rolloutctl/command.h"

namespace rollout::ctl {

class LintCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::vector<std::string> paths_;
  std::string output_ = "text";
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_LINT_COMMAND_H_
