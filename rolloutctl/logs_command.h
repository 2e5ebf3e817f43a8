// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl logs: what a service has written, and writes.

#ifndef ROLLOUTCTL_LOGS_COMMAND_H_
#define ROLLOUTCTL_LOGS_COMMAND_H_

#include <cstdint>
#include <string>

#include "rolloutctl/command.h"

namespace rollout::ctl {

// logs HOST SERVICE
class LogsCommand : public Command {
 public:
  CLI::App* Register(CLI::App& parent) override;
  // Returns when all has been shown; with --follow only after an error.
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string host_;
  std::string service_;
  int64_t generation_ = 0;
  uint64_t tail_ = 0;
  bool follow_ = false;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_LOGS_COMMAND_H_
