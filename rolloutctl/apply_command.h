// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl apply: hands manifests to the controller.

#ifndef ROLLOUTCTL_APPLY_COMMAND_H_
#define ROLLOUTCTL_APPLY_COMMAND_H_

#include <string>
#include <vector>

#include "rolloutctl/client.h"
#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

class ApplyCommand : public Command {
 public:
  CLI::App* Register(CLI::App& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  // Until the rollouts of all plans are over, one after the other. The code of
  // the first that did not end well.
  absl::StatusOr<ExitCode> Wait(const v1::ApplyResponse& applied,
                                Client& client, Session& session);

  std::vector<std::string> files_;
  std::string message_;
  bool wait_ = false;
  std::string timeout_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_APPLY_COMMAND_H_
