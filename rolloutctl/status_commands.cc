// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/status_commands.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/people_wait.h"
#include "rolloutctl/plan_watch.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/status_tree.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/table.h"

namespace rollout::ctl {
namespace {

absl::StatusOr<v1::PlanStatus> GetPlan(Client& client,
                                       const std::string& plan) {
  v1::GetRequest request;
  request.set_plan(plan);
  ASSIGN_OR_RETURN(v1::GetResponse response, client.Get(request));
  return response.plan();
}

absl::StatusOr<v1::ListResponse> ListOf(Client& client, v1::Kind kind,
                                        const std::string& plan) {
  v1::ListRequest request;
  request.set_kind(kind);
  request.set_plan(plan);
  return client.List(request);
}

// Of status and watch, as their flags say.
absl::StatusOr<WatchSettings> MakeSettings(const std::string& plan,
                                           bool exit_on_wait,
                                           const std::string& timeout,
                                           const OutputFlag& output) {
  WatchSettings settings;
  settings.plan = plan;
  settings.exit_on_wait = exit_on_wait;
  ASSIGN_OR_RETURN(settings.format, output.format());
  ASSIGN_OR_RETURN(settings.timeout, ParseTimeout(timeout));
  return settings;
}

}  // namespace

CommandParser& StatusCommand::Register(CommandParser& parent) {
  CommandParser& parser =
      parent.AddCommand("status", "Show how a plan's newest rollout goes");
  AddPlan(parser, plan_);
  parser.AddSwitch("-w,--watch", watch_,
                   "Go on until the rollout is over. Exit code: 0 complete, 2 "
                   "failed, 3 rolled back or aborted, 4 not over in time, 6 "
                   "superseded");
  parser.AddFlag("--timeout", timeout_, "With --watch: for how long at most")
      .Needs("--watch");
  parser.AddSwitch("--exit-on-wait", exit_on_wait_, kExitOnWaitHelp)
      .Needs("--watch");
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl status web --watch --timeout 10m");
  return parser;
}

absl::StatusOr<ExitCode> StatusCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(const WatchSettings settings,
                   MakeSettings(plan_, exit_on_wait_, timeout_, output_));
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  if (watch_) return PlanWatch(*client, session, settings).Run();
  ASSIGN_OR_RETURN(v1::PlanStatus status, GetPlan(*client, plan_));
  Console& console = session.console;
  if (settings.format == render::Format::kTable) {
    const int columns = console.window().value_or(WindowSize{0, 0}).columns;
    console.out << render::StatusTree(
        status, {session.clock.Now(), console.color, columns});
  } else {
    console.out << render::Structured(status, {settings.format});
  }
  return ExitCode::kDone;
}

CommandParser& WatchCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "watch",
      "Follow a plan's newest rollout until it is over, as status --watch");
  AddPlan(parser, plan_);
  parser.AddFlag("--timeout", timeout_, "For how long at most");
  parser.AddSwitch("--exit-on-wait", exit_on_wait_, kExitOnWaitHelp);
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl watch web --timeout 10m");
  return parser;
}

absl::StatusOr<ExitCode> WatchCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(const WatchSettings settings,
                   MakeSettings(plan_, exit_on_wait_, timeout_, output_));
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  return PlanWatch(*client, session, settings).Run();
}

CommandParser& HistoryCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "history", "Show a plan's rollouts: who, when, why, how it ended");
  AddPlan(parser, plan_);
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl history web");
  return parser;
}

absl::StatusOr<ExitCode> HistoryCommand::Run(Session& session) {
  v1::ListResponse revisions;
  const ListView view = {
      v1::ROLLOUTS,
      [&revisions](const v1::ListResponse& rollouts, render::Width width) {
        return render::HistoryTable(rollouts, revisions, width);
      },
      absl::StrCat("no rollouts of ", plan_, " yet")};
  RETURN_IF_ERROR(output_.Check(view));
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  // A list of nothing would not tell that there is no such plan.
  RETURN_IF_ERROR(GetPlan(*client, plan_).status());
  ASSIGN_OR_RETURN(v1::ListResponse rollouts,
                   ListOf(*client, v1::ROLLOUTS, plan_));
  ASSIGN_OR_RETURN(revisions, ListOf(*client, v1::REVISIONS, plan_));
  output_.Print(view, rollouts, session.console);
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
