// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl events: who did what to what, and what happened of itself.

#ifndef ROLLOUTCTL_EVENTS_COMMAND_H_
#define ROLLOUTCTL_EVENTS_COMMAND_H_

#include <cstdint>
#include <string>

#include "proto/rollout/v1/operator_service.pb.h"
#include "rolloutctl/command.h"
#include "rolloutctl/list_output.h"

namespace rollout::ctl {

class EventsCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  absl::StatusOr<v1::ListRequest> MakeRequest() const;

  // Empty, 0: not asked for.
  std::string plan_;
  std::string host_;
  std::string reason_;
  std::string user_;
  std::string since_;
  bool warnings_ = false;
  int32_t limit_ = 0;
  ListOutput output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_EVENTS_COMMAND_H_
