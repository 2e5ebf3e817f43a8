// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl apply: hands manifests to the controller.

#ifndef ROLLOUTCTL_APPLY_COMMAND_H_
#define ROLLOUTCTL_APPLY_COMMAND_H_

#include <string>
#include <vector>

#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/applied_plans.h"
#include "rolloutctl/command.h"
#include "rolloutctl/manifest_flag.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

class ApplyCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  // What can be told without a controller.
  absl::StatusOr<ExitCode> CheckHere(const std::vector<v1::ManifestFile>& files,
                                     Session& session) const;

  ManifestFlag files_;
  std::string message_;
  // "client", "server"; empty: it is no dry run.
  std::string dry_run_;
  RolloutWait wait_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_APPLY_COMMAND_H_
