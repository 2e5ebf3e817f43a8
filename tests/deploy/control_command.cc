// SPDX-License-Identifier: Apache-2.0

#include "tests/deploy/control_command.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::deploy {

absl::StatusOr<std::string> Tell(std::vector<std::string> command,
                                 std::vector<std::string> environment) {
  Command told;
  told.arguments = std::move(command);
  told.environment = std::move(environment);
  told.environment.push_back("PATH=/usr/bin:/bin");
  told.timeout = absl::Minutes(1);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(told));
  if (result.end == CommandResult::End::kExited && result.wait_status == 0) {
    return std::move(result.output);
  }
  return absl::UnknownError(
      absl::StrCat(absl::StrJoin(told.arguments, " "), ": ", result.output));
}

pid_t PidIn(const absl::StatusOr<std::string>& told) {
  int pid = 0;
  if (!told.ok() || !absl::SimpleAtoi(*told, &pid)) return 0;
  return pid;
}

}  // namespace rollout::deploy
