// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl get: lists of what the controller knows.

#ifndef ROLLOUTCTL_GET_COMMAND_H_
#define ROLLOUTCTL_GET_COMMAND_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "rolloutctl/command.h"
#include "rolloutctl/list_output.h"

namespace rollout::ctl {

class GetCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  // InvalidArgument: it is none, or nothing here can be selected by labels.
  absl::StatusOr<v1::HostSelector> Selector(v1::Kind kind) const;

  std::string kind_;
  std::string name_;
  std::string selector_;
  ListOutput output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_GET_COMMAND_H_
