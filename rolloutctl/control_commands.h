// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl pause, resume, retry, abort, promote, approve, reject and undo: an
// operator steps in.

#ifndef ROLLOUTCTL_CONTROL_COMMANDS_H_
#define ROLLOUTCTL_CONTROL_COMMANDS_H_

#include <cstdint>
#include <string>

#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

// What each of them is told on the command line.
struct Intervention {
  std::string plan;
  // Why; kept in the history.
  std::string message;
};

class PauseCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
};

class ResumeCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
};

class RetryCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
};

class AbortCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
};

class PromoteCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
  bool full_ = false;
};

class ApproveCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
};

class RejectCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
};

class UndoCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  Intervention intervention_;
  int64_t to_revision_ = 0;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_CONTROL_COMMANDS_H_
