// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/common_flags.h"

#include "rolloutctl/value_name.h"

namespace rollout::ctl {

void AddPlan(CommandParser& command, std::string& plan) {
  command.AddArgument("plan", plan, "The plan's name")
      .Type(kPlanValue)
      .Required();
}

void AddMessage(CommandParser& command, std::string& message) {
  command.AddFlag("-m,--message", message, "Why; kept in the history");
}

}  // namespace rollout::ctl
