// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/delete_command.h"

#include <memory>

#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/removal_watch.h"

namespace rollout::ctl {

CommandParser& DeleteCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "delete",
      "Remove a plan with its revisions and rollouts. Hosts keep what they "
      "run, orphaned, unless --stop is given");
  AddPlan(parser, plan_);
  AddMessage(parser, message_);
  parser.AddSwitch(
      "--stop", stop_,
      "Every host drains its service and ends it. The plan is there "
      "until the last one has; the same without --stop gives up on "
      "those that are left");
  parser.AddSwitch("--wait", wait_, "Wait until the plan is gone");
  parser.AddFlag("--timeout", timeout_, "With --wait: for how long at most")
      .Needs("--wait");
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl delete web -m \"another fleet has it now\"\n"
      "  rolloutctl delete web --stop --wait --timeout 5m");
  return parser;
}

absl::StatusOr<ExitCode> DeleteCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(absl::Duration timeout, ParseTimeout(timeout_));
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  v1::DeleteRequest request;
  request.set_plan(plan_);
  request.set_message(message_);
  request.set_stop(stop_);
  RETURN_IF_ERROR(client->Delete(request).status());
  if (wait_) return RemovalWatch(*client, session, plan_, timeout).Run();
  session.console.out << plan_
                      << (stop_ ? " is being removed: every host ends its "
                                  "service; see: rolloutctl why "
                                : " is deleted: its services run on, "
                                  "orphaned; see: rolloutctl get hosts")
                      << (stop_ ? plan_ : "") << "\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
