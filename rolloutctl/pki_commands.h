// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl pki: makes the fleet's authority and issues its certificates.
// Works on files alone, without a controller.

#ifndef ROLLOUTCTL_PKI_COMMANDS_H_
#define ROLLOUTCTL_PKI_COMMANDS_H_

#include <string>
#include <vector>

#include "rolloutctl/command.h"

namespace rollout::ctl {

class PkiInitCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string directory_;
};

class PkiIssueCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string role_;
  std::string name_;
  std::string directory_;
  std::string out_;
  std::string valid_ = "365d";
  std::vector<std::string> addresses_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_PKI_COMMANDS_H_
