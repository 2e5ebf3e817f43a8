// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/diff_command.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/manifest/manifest.h"
#include "rolloutctl/client.h"
#include "rolloutctl/manifest_files.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/render/unified_diff.h"

namespace rollout::ctl {
namespace {

// The plan as the controller has it; one without a file: there is none.
absl::StatusOr<render::DiffSide> StoredSide(const std::string& plan,
                                            Client& client) {
  v1::GetRequest request;
  request.set_plan(plan);
  absl::StatusOr<v1::GetResponse> stored = client.Get(request);
  if (absl::IsNotFound(stored.status())) {
    return render::DiffSide{"/dev/null", ""};
  }
  RETURN_IF_ERROR(stored.status());
  return render::DiffSide{absl::StrCat("stored/", plan, ".yaml"),
                          render::SpecText(stored->plan().plan().spec())};
}

}  // namespace

CommandParser& DiffCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "diff",
      "Show what applying manifests would change in the stored plans, as a "
      "unified diff. Exit code: 0 nothing, 1 something, 2 it could not be "
      "told");
  files_.Register(parser);
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl diff -f web.yaml\n"
      "  rolloutctl diff -f plans/\n\n"
      "Both sides are written with every default, as the controller keeps\n"
      "them: that a default is spelt out, or a comment changed, is no "
      "difference.");
  return parser;
}

absl::StatusOr<ExitCode> DiffCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto files, files_.Read(session.console.in));
  auto plans = manifest::ParseManifests(ManifestTexts(files));
  if (!plans.ok()) {
    return ManifestRefused(plans.status(),
                           "nothing was compared: correct the manifest first",
                           session.console.err);
  }
  NoteSources(files, session.console.err);
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection));
  ExitCode code = ExitCode::kDone;
  for (const manifest::ParsedPlan& plan : *plans) {
    ASSIGN_OR_RETURN(render::DiffSide stored, StoredSide(plan.name, *client));
    const render::DiffSide wanted{absl::StrCat("manifest/", plan.name, ".yaml"),
                                  render::SpecText(plan.spec)};
    const std::string diff =
        render::UnifiedDiff(stored, wanted, session.console.color);
    session.console.out << diff;
    if (!diff.empty()) code = ExitCode::kDiffers;
  }
  return code;
}

}  // namespace rollout::ctl
