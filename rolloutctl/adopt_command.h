// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl adopt: a service that runs on a host becomes a plan's, as it runs.

#ifndef ROLLOUTCTL_ADOPT_COMMAND_H_
#define ROLLOUTCTL_ADOPT_COMMAND_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "rolloutctl/client.h"
#include "rolloutctl/command.h"

namespace rollout::ctl {

class AdoptCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  // Until the host says that it has, or that it can't.
  absl::StatusOr<ExitCode> Await(const std::string& plan, Client& client,
                                 Session& session) const;

  std::string host_;
  int32_t pid_ = 0;
  uint32_t port_ = 0;
  std::string file_;
  std::string message_;
  std::string timeout_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_ADOPT_COMMAND_H_
