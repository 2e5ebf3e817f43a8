// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl cordon, uncordon, freeze and unfreeze: an operator lets nothing
// new begin on hosts.

#ifndef ROLLOUTCTL_HOLD_COMMANDS_H_
#define ROLLOUTCTL_HOLD_COMMANDS_H_

#include <string>

#include "rolloutctl/command.h"

namespace rollout::ctl {

class CordonCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string host_;
  std::string message_;
};

class UncordonCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string host_;
  std::string message_;
};

class FreezeCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string selector_;
  std::string message_;
};

class UnfreezeCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  // Only its rollout under way; empty: for all.
  std::string plan_;
  std::string selector_;
  std::string message_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_HOLD_COMMANDS_H_
