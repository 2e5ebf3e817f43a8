// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/sync_command.h"

#include <memory>

#include "CLI/CLI.hpp"
#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/render/source_description.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CLI::App* SyncCommand::Register(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand(
      "sync",
      "Read a source's repository now, and try a commit again that was "
      "refused. Exit code 2: what is there could not be read, or was refused");
  app->add_option("source", source_, "The source's name")
      ->type_name(kSourceValue)
      ->required();
  app->add_option("-m,--message", message_, "Why; kept in the history");
  app->add_option("--timeout", timeout_, "Wait for so long at most (10m)");
  output_.Register(*app);
  app->footer("Examples:\n  rolloutctl sync prod");
  return app;
}

absl::StatusOr<ExitCode> SyncCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(render::Format format, output_.format());
  // The first fetch of a large repository takes minutes.
  ClientPatience patience;
  patience.timeout = absl::Minutes(10);
  if (!timeout_.empty()) {
    ASSIGN_OR_RETURN(patience.timeout, ParseTimeout(timeout_));
  }
  v1::SyncRequest request;
  request.set_source(source_);
  request.set_message(message_);
  ASSIGN_OR_RETURN(auto client, Client::Make(session.connection, patience));
  ASSIGN_OR_RETURN(v1::SyncResponse response, client->Sync(request));
  const v1::Source& source = response.source();
  Console& console = session.console;
  console.out << (format == render::Format::kTable
                      ? render::SourceDescription(source, session.clock.Now(),
                                                  console.color)
                      : render::Structured(source, {format}));
  return source.state() == v1::FAILED_TO_SYNC ? ExitCode::kRolloutFailed
                                              : ExitCode::kDone;
}

}  // namespace rollout::ctl
