// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/applied_plans.h"

#include "base/status_macros.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/people_wait.h"
#include "rolloutctl/plan_watch.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/render/words.h"

namespace rollout::ctl {

void PrintApplied(const v1::ApplyResponse& applied, render::Format format,
                  Console& console) {
  if (format == render::Format::kTable) {
    console.out << render::AppliedTable(applied).Render(console.color);
  } else {
    console.out << render::Structured(applied, {format});
  }
  console.out.flush();
  for (const v1::AppliedPlan& plan : applied.plans()) {
    for (const std::string& warning : plan.warnings()) {
      console.err << "rolloutctl: warning: " << plan.name() << ": "
                  << render::Printable(warning) << "\n";
    }
  }
}

void RolloutWait::Register(CommandParser& command) {
  command.AddSwitch("--wait", wait_,
                    "Watch until the rollouts are over. Exit code as of "
                    "\"status --watch\"");
  command.AddFlag("--timeout", timeout_, "With --wait: for how long at most")
      .Needs("--wait");
  command.AddSwitch("--exit-on-wait", exit_on_wait_, kExitOnWaitHelp)
      .Needs("--wait");
}

absl::StatusOr<ExitCode> RolloutWait::Run(const v1::ApplyResponse& applied,
                                          render::Format format, Client& client,
                                          Session& session) const {
  if (!wait_) return ExitCode::kDone;
  WatchSettings settings;
  settings.exit_on_wait = exit_on_wait_;
  settings.format = format;
  ASSIGN_OR_RETURN(absl::Duration timeout, ParseTimeout(timeout_));
  const absl::Duration end = session.clock.Uptime() + timeout;
  for (const v1::AppliedPlan& plan : applied.plans()) {
    settings.plan = plan.name();
    settings.rollout = plan.rollout();
    settings.timeout = end - session.clock.Uptime();
    ASSIGN_OR_RETURN(ExitCode code, PlanWatch(client, session, settings).Run());
    if (code != ExitCode::kDone) return code;
  }
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
