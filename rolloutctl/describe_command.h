// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl describe: one thing, with all that is known of it.

#ifndef ROLLOUTCTL_DESCRIBE_COMMAND_H_
#define ROLLOUTCTL_DESCRIBE_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"
#include "rolloutctl/output_flag.h"

namespace rollout::ctl {

// describe plan NAME
class DescribePlanCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string name_;
  OutputFlag output_;
};

// describe host NAME
class DescribeHostCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string name_;
  OutputFlag output_;
};

// describe swap ID
class DescribeSwapCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  // InvalidArgument: the id is none. NotFound: there is no such swap.
  // FailedPrecondition: several hosts have one; the message names them.
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string id_;
  std::string host_;
  OutputFlag output_;
};

// describe source NAME
class DescribeSourceCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string name_;
  OutputFlag output_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_DESCRIBE_COMMAND_H_
