// SPDX-License-Identifier: Apache-2.0
//
// rolloutctl proxy: a port here that reaches just one generation there.

#ifndef ROLLOUTCTL_PROXY_COMMAND_H_
#define ROLLOUTCTL_PROXY_COMMAND_H_

#include <string>

#include "rolloutctl/command.h"

namespace rollout::ctl {

// proxy HOST SERVICE
class ProxyCommand : public Command {
 public:
  CommandParser& Register(CommandParser& parent) override;
  // Serves until the process is ended. InvalidArgument: --listen. NotFound: no
  // such host, service or generation. Unavailable: the address to listen on.
  absl::StatusOr<ExitCode> Run(Session& session) override;

 private:
  std::string host_;
  std::string service_;
  std::string revision_;
  std::string listen_ = "127.0.0.1:0";
  std::string endpoint_;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_PROXY_COMMAND_H_
