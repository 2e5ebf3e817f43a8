// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/lint_command.h"

#include "base/status_macros.h"
#include "controller/manifest/manifest.h"
#include "rolloutctl/manifest_files.h"
#include "rolloutctl/render/sarif.h"
#include "rolloutctl/render/words.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CommandParser& LintCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "lint",
      "Check manifests without a controller. Exit code: 0 good, 1 errors");
  parser
      .AddArgument("path", paths_,
                   "A file, a directory (its *.yaml and *.yml) or - for "
                   "standard input")
      .Type(kFileValue)
      .Required();
  parser
      .AddFlag("-o,--output", output_,
               "text (PATH:LINE:COLUMN: error), or sarif for what shows "
               "them beside the source")
      .OneOf({"text", "sarif"})
      .ShowDefault();
  parser.SetFooter(
      "Examples:\n"
      "  rolloutctl lint plans/\n"
      "  rolloutctl lint web.yaml --output sarif > lint.sarif\n\n"
      "Only a controller knows its hosts and the other plans: it is asked by\n"
      "rolloutctl apply --dry-run=server.");
  return parser;
}

absl::StatusOr<ExitCode> LintCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(auto files, ReadManifests(paths_, session.console.in));
  const std::vector<manifest::ManifestText> texts = ManifestTexts(files);
  const manifest::Manifests read = manifest::ReadManifests(texts);
  if (output_ == "sarif") {
    session.console.out << render::Sarif(read.errors, texts);
  } else {
    for (const manifest::ManifestError& error : read.errors) {
      session.console.out << render::Printable(manifest::ToString(error))
                          << "\n";
    }
  }
  if (read.errors.empty()) return ExitCode::kDone;
  session.console.err << "rolloutctl: " << read.errors.size()
                      << (read.errors.size() == 1 ? " error" : " errors")
                      << ": no controller would take this\n";
  return ExitCode::kError;
}

}  // namespace rollout::ctl
