// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/sync_command.h"

#include <memory>

#include "base/status_macros.h"
#include "rolloutctl/client.h"
#include "rolloutctl/common_flags.h"
#include "rolloutctl/duration_text.h"
#include "rolloutctl/render/source_description.h"
#include "rolloutctl/render/structured.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {

CommandParser& SyncCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "sync",
      "Read a source's repository now, and try a commit again that was "
      "refused. Exit code 2: what is there could not be read, or was refused");
  parser.AddArgument("source", source_, "The source's name")
      .Type(kSourceValue)
      .Required();
  AddMessage(parser, message_);
  parser.AddFlag("--timeout", timeout_, "Wait for so long at most (10m)");
  output_.Register(parser);
  parser.SetFooter("Examples:\n  rolloutctl sync prod");
  return parser;
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
