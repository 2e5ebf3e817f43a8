// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/events_command.h"

#include <limits>
#include <memory>

#include "base/proto_time.h"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/render/lists.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CommandParser& EventsCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "events", "Show who did what, when, and what happened of itself");
  parser.AddArgument("plan", plan_, "Only events of this plan")
      .Type(kPlanValue);
  parser.AddFlag("--host", host_, "Only events of this host").Type(kHostValue);
  parser.AddFlag("--reason", reason_, "Only events with this reason");
  parser.AddFlag("--user", user_, "Only what this operator did");
  parser.AddFlag("--since", since_, "Only events at most so old: 30m, 2d");
  parser.AddSwitch("--warnings", warnings_, "Only warnings");
  parser.AddFlag("--limit", limit_, "Only so many, the newest")
      .InRange(1, std::numeric_limits<int32_t>::max());
  output_.Register(parser);
  parser.SetFooter(
      "With -o wide, json or yaml also from which address a request came, and "
      "its "
      "result.\n"
      "Examples:\n"
      "  rolloutctl events web --since 1h\n"
      "  rolloutctl events --reason RequestRefused --user alice");
  return parser;
}

absl::StatusOr<v1::ListRequest> EventsCommand::MakeRequest() const {
  v1::ListRequest request;
  request.set_kind(v1::EVENTS);
  request.set_plan(plan_);
  v1::EventFilter& filter = *request.mutable_events();
  filter.set_host(host_);
  filter.set_reason(reason_);
  filter.set_user(user_);
  filter.set_only_warnings(warnings_);
  filter.set_limit(limit_);
  if (!since_.empty()) {
    ASSIGN_OR_RETURN(absl::Duration within, ParseDuration("--since", since_));
    *filter.mutable_within() = ToProto(within);
  }
  return request;
}

absl::StatusOr<ExitCode> EventsCommand::Run(Session& session) {
  const absl::Time now = session.clock.Now();
  const ListView view = {
      v1::EVENTS,
      [now](const v1::ListResponse& list, render::Width width) {
        return render::ListTable(v1::EVENTS, list, now, width);
      },
      "no such events"};
  RETURN_IF_ERROR(output_.Check(view));
  ASSIGN_OR_RETURN(v1::ListRequest request, MakeRequest());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  ASSIGN_OR_RETURN(v1::ListResponse list, client->List(request));
  output_.Print(view, list, session.console);
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
