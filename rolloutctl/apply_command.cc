// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/apply_command.h"

#include <memory>

#include "base/status_macros.h"
#include "controller/manifest/manifest.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/manifest_files.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/table.h"

namespace rollout::ctl {
namespace {

absl::Status Refused(const absl::Status& status, std::ostream& err) {
  return ManifestRefused(
      status, "nothing was applied: correct the manifest, then apply it again",
      err);
}

// Where a script does not read it.
void SayDryRun(Console& console) {
  console.err << "rolloutctl: a dry run: nothing was applied\n";
}

}  // namespace

CommandParser& ApplyCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "apply", "Make the plans in manifests so; changed services roll out");
  files_.Register(parser);
  AddMessage(parser, message_);
  wait_.Register(parser);
  parser
      .AddFlag("--dry-run", dry_run_,
               "Tell what would happen, and change nothing: client reads "
               "the manifests here, as lint does; server has the controller "
               "check them against its hosts and plans")
      .OneOf({"client", "server"})
      .Excludes("--wait");
  output_.Register(parser);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl apply -f web.yaml -m \"new front page\" --wait\n"
      "  rolloutctl apply -f plans/ --dry-run=server");
  return parser;
}

absl::StatusOr<ExitCode> ApplyCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  ASSIGN_OR_RETURN(auto manifests, files_.Read(session.console.in));
  if (dry_run_ == "client") return CheckHere(manifests, session);
  v1::ApplyRequest request;
  request.set_message(message_);
  request.mutable_manifests()->Assign(manifests.begin(), manifests.end());
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  absl::StatusOr<v1::ApplyResponse> applied =
      dry_run_.empty() ? client->Apply(request) : client->TryApply(request);
  if (!applied.ok()) return Refused(applied.status(), session.console.err);
  PrintApplied(*applied, format, session.console);
  NoteSources(manifests, session.console.err);
  if (!dry_run_.empty()) SayDryRun(session.console);
  return wait_.Run(*applied, format, *client, session);
}

absl::StatusOr<ExitCode> ApplyCommand::CheckHere(
    const std::vector<v1::ManifestFile>& files, Session& session) const {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  auto plans = manifest::ParseManifests(ManifestTexts(files));
  if (!plans.ok()) return Refused(plans.status(), session.console.err);
  v1::ApplyResponse names;
  render::Table table({"PLAN", "MANIFEST"});
  for (const manifest::ParsedPlan& plan : *plans) {
    names.add_plans()->set_name(plan.name);
    table.Add({plan.name, manifest::ToString(plan.place)});
  }
  session.console.out << (format == render::Format::kTable
                              ? table.Render(session.console.color)
                              : render::Structured(names, {format}));
  session.console.out.flush();
  NoteSources(files, session.console.err);
  SayDryRun(session.console);
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
