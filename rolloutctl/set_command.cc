// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/set_command.h"

#include <memory>

#include "CLI/CLI.hpp"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CLI::App* SetArtifactCommand::Register(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "artifact",
      "Roll another binary out, all else as the plan has it: for the end of a "
      "build. A plan from Git is out of sync then");
  app->add_option("plan", plan_, "The plan's name")
      ->type_name(kPlanValue)
      ->required();
  app->add_option("--url", url_, "file:///PATH, http:// or https://")
      ->type_name("URL")
      ->required();
  app->add_option("--sha256", sha256_,
                  "Of that file, as sha256sum(1) prints it")
      ->type_name("DIGEST")
      ->required();
  app->add_option("-m,--message", message_, "Why; kept in the history");
  wait_.Register(*app);
  output_.Register(*app);
  app->footer(
      "Examples:\n"
      "  rolloutctl set artifact web --url https://dl.example.com/web-1.2 "
      "--sha256 $(sha256sum web-1.2 | cut -c1-64) --wait");
  return app;
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
