// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl status, watch and history: how a plan's rollout goes, and how
// those before went.

#ifndef ROLLOUTCTL_STATUS_COMMANDS_H_
#define ROLLOUTCTL_STATUS_COMMANDS_H_

#include <string>

#include "rolloutctl/command.h"
#include "rolloutctl/list_output.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

class StatusCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string plan_;
  bool watch_ = false;
  bool exit_on_wait_ = false;
  std::string timeout_;
  OutputFlag output_;
};

class WatchCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string plan_;
  bool exit_on_wait_ = false;
  std::string timeout_;
  OutputFlag output_;
};

class HistoryCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string plan_;
  ListOutput output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_STATUS_COMMANDS_H_
