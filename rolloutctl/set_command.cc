// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/set_command.h"

#include <memory>

#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/render/structured.h"

namespace rollout::ctl {

CommandParser& SetArtifactCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "artifact",
      "Roll another binary out, all else as the plan has it: for the end of a "
      "build. A plan from Git is out of sync then");
  AddPlan(parser, plan_);
  parser.AddFlag("--url", url_, "file:///PATH, http:// or https://")
      .Type("URL")
      .Required();
  parser.AddFlag("--sha256", sha256_, "Of that file, as sha256sum(1) prints it")
      .Type("DIGEST")
      .Required();
  AddMessage(parser, message_);
  wait_.Register(parser);
  output_.Register(parser);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl set artifact web --url https://dl.example.com/web-1.2 "
      "--sha256 $(sha256sum web-1.2 | cut -c1-64) --wait");
  return parser;
}

absl::StatusOr<ExitCode> SetArtifactCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  v1::SetArtifactRequest request;
  request.set_plan(plan_);
  request.set_url(url_);
  request.set_sha256(sha256_);
  request.set_message(message_);
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  ASSIGN_OR_RETURN(v1::ApplyResponse applied, client->SetArtifact(request));
  PrintApplied(applied, format, session.console);
  return wait_.Run(applied, format, *client, session);
}

}  // namespace rollout::ctl
