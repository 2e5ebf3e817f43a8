// SPDX-License-Identifier: Apache-2.0
//
// What follows when plans were applied: they are told of and, if that is asked
// for, waited for.

#ifndef ROLLOUTCTL_APPLIED_PLANS_H_
#define ROLLOUTCTL_APPLIED_PLANS_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/command_parser.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/client.h"
#include "rolloutctl/command.h"
#include "rolloutctl/console.h"
#include "rolloutctl/render/structured.h"

namespace rollout::ctl {

// On standard output; warnings on standard error.
void PrintApplied(const v1::ApplyResponse& applied, render::Format format,
                  Console& console);

// --wait, --timeout and --exit-on-wait.
class RolloutWait {
 public:
  void Register(CommandParser& command);

  // Until the rollouts of all plans are over, one after the other; without
  // --wait not at all. The code of the first that did not end well.
  absl::StatusOr<ExitCode> Run(const v1::ApplyResponse& applied,
                               render::Format format, Client& client,
                               Session& session) const;

 private:
  bool wait_ = false;
  bool exit_on_wait_ = false;
  std::string timeout_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_APPLIED_PLANS_H_
