// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/run.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/subprocess.h"

namespace rollout::programs {

absl::StatusOr<std::string> Run(const std::vector<std::string>& arguments,
                                const std::vector<std::string>& environment) {
  Command command;
  command.arguments = arguments;
  command.environment = environment;
  command.timeout = absl::Minutes(5);
  command.output_limit = 1 << 20;
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(command));
  if (result.end == CommandResult::End::kExited && result.wait_status == 0) {
    return std::string(absl::StripSuffix(result.output, "\n"));
  }
  return absl::InternalError(absl::StrCat(
      absl::StrJoin(arguments, " "), " ",
      DescribeWaitStatus(result.wait_status), ": ", result.output));
}

}  // namespace rollout::programs
