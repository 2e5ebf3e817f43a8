// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/why_command.h"

#include <memory>

#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/why_text.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CommandParser& WhyCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "why", "Name the one rule that holds each host of a plan back now");
  parser.AddArgument("plan", plan_, "The plan").Type(kPlanValue).Required();
  parser.AddArgument("host", host_, "Only this host").Type(kHostValue);
  output_.Register(parser);
  parser.SetFooter(
      "Without a host: every one that is not where the rollout wants it.\n"
      "Examples:\n"
      "  rolloutctl why web\n"
      "  rolloutctl why web web-3");
  return parser;
}

absl::StatusOr<ExitCode> WhyCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  v1::WhyRequest request;
  request.set_plan(plan_);
  request.set_host(host_);
  ASSIGN_OR_RETURN(v1::WhyResponse why, client->Why(request));
  Console& console = session.console;
  console.out << (format == render::Format::kTable
                      ? render::WhyText(why, console.color)
                      : render::Structured(why, {format}));
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
