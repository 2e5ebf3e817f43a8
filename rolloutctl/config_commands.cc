// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/config_commands.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "rolloutctl/connection_choice.h"
#include "rolloutctl/connection_flags.h"
#include "rolloutctl/context_file.h"
#include "rolloutctl/contexts.h"
#include "rolloutctl/render/table.h"
#include "rolloutctl/value_name.h"

namespace rollout::ctl {
namespace {

absl::StatusOr<Contexts> ReadContexts(const Session& session) {
  PosixFileSystem files;
  ASSIGN_OR_RETURN(ContextFile file,
                   ContextFile::Locate(files, session.connection.config));
  return file.Read();
}

std::string CredentialsOf(const ConnectionSettings& settings) {
  if (settings.insecure_loopback) return "none, on loopback";
  return settings.certificate.empty() ? "-" : settings.certificate;
}

}  // namespace

CommandParser& ConfigListCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "list", "List the contexts, and mark the one that counts");
  parser.SetFooter("Examples:\n  rolloutctl config list");
  return parser;
}

absl::StatusOr<ExitCode> ConfigListCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(Contexts contexts, ReadContexts(session));
  if (contexts.all.empty()) {
    session.console.err << "no contexts in " << contexts.path << " yet\n";
    return ExitCode::kDone;
  }
  const std::string chosen = ChosenContext(session.connection, contexts);
  render::Table table({"CURRENT", "NAME", "CONTROLLER", "CERTIFICATE"});
  for (const Context& context : contexts.all) {
    table.Add({context.name == chosen ? "*" : "", context.name,
               context.settings.controller, CredentialsOf(context.settings)});
  }
  session.console.out << table.Render(session.console.color);
  return ExitCode::kDone;
}

CommandParser& ConfigUseCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "use", "Make a context the one that counts where no flag says");
  parser.AddArgument("name", name_, "The context's name")
      .Type(kContextValue)
      .Required();
  parser.SetFooter("Examples:\n  rolloutctl config use production");
  return parser;
}

absl::StatusOr<ExitCode> ConfigUseCommand::Run(Session& session) {
  PosixFileSystem files;
  ASSIGN_OR_RETURN(ContextFile file,
                   ContextFile::Locate(files, session.connection.config));
  ASSIGN_OR_RETURN(Context context, file.Use(name_));
  session.console.out << context.name << " is the current context: "
                      << context.settings.controller << "\n";
  const std::vector<std::string> above =
      VariablesAboveCurrent(session.connection);
  if (!above.empty()) {
    session.console.err << "rolloutctl: warning: the environment overrides it "
                           "with "
                        << absl::StrJoin(above, ", ") << ": unset "
                        << absl::StrJoin(above, " ") << "\n";
  }
  return ExitCode::kDone;
}

CommandParser& ConfigCurrentCommand::Register(CommandParser& parent) {
  CommandParser& parser =
      parent.AddCommand("current", "Print the name of the context that counts");
  parser.SetFooter("Examples:\n  rolloutctl config current");
  return parser;
}

absl::StatusOr<ExitCode> ConfigCurrentCommand::Run(Session& session) {
  ASSIGN_OR_RETURN(Contexts contexts, ReadContexts(session));
  const std::string name = ChosenContext(session.connection, contexts);
  if (name.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no context is the current one in ", contexts.path,
                     ": choose one with \"rolloutctl config use NAME\""));
  }
  RETURN_IF_ERROR(contexts.Find(name).status());
  session.console.out << name << "\n";
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
