// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl diff: what an apply would change in the stored plans.

#ifndef ROLLOUTCTL_DIFF_COMMAND_H_
#define ROLLOUTCTL_DIFF_COMMAND_H_

#include "rolloutctl/command.h"
#include "rolloutctl/manifest_flag.h"

namespace rollout::ctl {

class DiffCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;
  // As diff(1).
  ExitCode error_code() const override { return ExitCode::kDiffFailed; }

 private:
  ManifestFlag files_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_DIFF_COMMAND_H_
