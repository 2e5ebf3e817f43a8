// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl logs: what a service has written, and writes.

#ifndef ROLLOUTCTL_LOGS_COMMAND_H_
#define ROLLOUTCTL_LOGS_COMMAND_H_

#include <cstdint>
#include <string>

#include "proto/rollout/v1/channel.pb.h"
#include "rolloutctl/client.h"
#include "rolloutctl/command.h"

namespace rollout::ctl {

// logs HOST SERVICE
class LogsCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  // Returns when all has been shown; with --follow only after an error. One
  // that follows goes on where it was when host or controller come back within
  // two minutes.
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  v1::ChannelRequest MakeRequest() const;
  // Shows what one channel brings, and how it ended.
  absl::Status Show(Client& client, Session& session);

  std::string host_;
  std::string service_;
  int64_t generation_ = 0;
  uint64_t tail_ = 0;
  bool follow_ = false;
  // The channel that ended last had been opened.
  bool opened_ = false;
  // Number of the last line shown; 0: none.
  uint64_t last_ = 0;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_LOGS_COMMAND_H_
