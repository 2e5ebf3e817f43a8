// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/program.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "base/version.h"
#include "rolloutctl/adopt_command.h"
#include "rolloutctl/apply_command.h"
#include "rolloutctl/client.h"
#include "rolloutctl/command.h"
#include "rolloutctl/command_page.h"
#include "rolloutctl/completion.h"
#include "rolloutctl/completion_command.h"
#include "rolloutctl/config_commands.h"
#include "rolloutctl/connection_flags.h"
#include "rolloutctl/control_commands.h"
#include "rolloutctl/delete_command.h"
#include "rolloutctl/describe_command.h"
#include "rolloutctl/diff_command.h"
#include "rolloutctl/events_command.h"
#include "rolloutctl/get_command.h"
#include "rolloutctl/hold_commands.h"
#include "rolloutctl/lint_command.h"
#include "rolloutctl/logs_command.h"
#include "rolloutctl/pki_commands.h"
#include "rolloutctl/proxy_command.h"
#include "rolloutctl/reference.h"
#include "rolloutctl/set_command.h"
#include "rolloutctl/status_commands.h"
#include "rolloutctl/sync_command.h"
#include "rolloutctl/version_command.h"
#include "rolloutctl/why_command.h"

namespace rollout::ctl {
namespace {

// The commands, and what the parser knows of each.
class CommandSet {
 public:
  template <typename T>
  void Add(CLI::App& parent) {
    auto command = std::make_unique<T>();
    CLI::App* parser = command->Register(parent);
    commands_.emplace_back(parser, std::move(command));
  }

  // The one the user asked for; null: none.
  Command* Chosen() const {
    for (const auto& [parser, command] : commands_) {
      if (parser->parsed()) return command.get();
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<CLI::App*, std::unique_ptr<Command>>> commands_;
};

void AddCommands(CLI::App& app, CommandSet& commands) {
  commands.Add<ApplyCommand>(app);
  commands.Add<DiffCommand>(app);
  commands.Add<LintCommand>(app);
  commands.Add<AdoptCommand>(app);
  commands.Add<GetCommand>(app);
  CLI::App* describe =
      app.add_subcommand("describe", "Show all that is known of one thing");
  describe->require_subcommand(0, 1);
  commands.Add<DescribeSourceCommand>(*describe);
  commands.Add<DescribeSwapCommand>(*describe);
  commands.Add<StatusCommand>(app);
  commands.Add<WatchCommand>(app);
  commands.Add<HistoryCommand>(app);
  commands.Add<EventsCommand>(app);
  commands.Add<WhyCommand>(app);
  commands.Add<PauseCommand>(app);
  commands.Add<ResumeCommand>(app);
  commands.Add<RetryCommand>(app);
  commands.Add<AbortCommand>(app);
  commands.Add<PromoteCommand>(app);
  commands.Add<ApproveCommand>(app);
  commands.Add<RejectCommand>(app);
  commands.Add<UndoCommand>(app);
  commands.Add<DeleteCommand>(app);
  commands.Add<CordonCommand>(app);
  commands.Add<UncordonCommand>(app);
  commands.Add<FreezeCommand>(app);
  commands.Add<UnfreezeCommand>(app);
  CLI::App* set =
      app.add_subcommand("set", "Change one thing of a plan, and only that");
  set->require_subcommand(0, 1);
  commands.Add<SetArtifactCommand>(*set);
  commands.Add<SyncCommand>(app);
  commands.Add<LogsCommand>(app);
  commands.Add<ProxyCommand>(app);
  CLI::App* pki = app.add_subcommand(
      "pki", "Make the fleet's authority and issue certificates");
  // Not one or more: a mistyped command would only be told that one is
  // missing.
  pki->require_subcommand(0, 1);
  commands.Add<PkiInitCommand>(*pki);
  commands.Add<PkiIssueCommand>(*pki);
  CLI::App* config =
      app.add_subcommand("config", "Show the fleets you know, and choose one");
  config->require_subcommand(0, 1);
  commands.Add<ConfigListCommand>(*config);
  commands.Add<ConfigUseCommand>(*config);
  commands.Add<ConfigCurrentCommand>(*config);
  commands.Add<CompletionCommand>(app);
  commands.Add<VersionCommand>(app);
}

// "help status" asks what "status --help" does.
std::vector<std::string> WithoutHelpVerb(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  return arguments;
}

// What no person types: "__complete -- WORDS...", which no parser could take,
// for the words may be anything, and "__reference markdown|man". False: neither
// is asked for.
bool RunHidden(const CLI::App& app, const std::vector<std::string>& arguments,
               Console& console) {
  if (arguments.size() < 2) return false;
  if (arguments[0] == "__complete") {
    Complete(app, {arguments.begin() + 2, arguments.end()}, console);
  } else if (arguments[0] == "__reference") {
    console.out << (arguments[1] == "man"
                        ? ManReference(CommandPages(app))
                        : MarkdownReference(CommandPages(app)));
  } else {
    return false;
  }
  return true;
}

// As far as it was understood: "rolloutctl describe swap".
std::string CommandOf(const CLI::App& app) {
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    command += " " + at->get_name();
  }
  return command;
}

int RunCommand(Command& command, Session& session) {
  absl::StatusOr<ExitCode> code = command.Run(session);
  session.console.out.flush();
  if (code.ok()) return static_cast<int>(*code);
  session.console.err << "rolloutctl: " << code.status().message() << "\n";
  return static_cast<int>(IsDenied(code.status()) ? ExitCode::kDenied
                                                  : command.error_code());
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments, Console& console,
               const Clock& clock) {
  CLI::App app("Puts new binaries on a fleet without losing a connection.",
               "rolloutctl");
  // The connection flags may stand behind the command as well.
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", std::string("rolloutctl ") + kVersion);
  Session session{console, clock, {}};
  AddConnectionFlags(app, session.connection);
  CommandSet commands;
  AddCommands(app, commands);
  if (RunHidden(app, arguments, console)) {
    return static_cast<int>(ExitCode::kDone);
  }
  try {
    std::vector<std::string> words = WithoutHelpVerb(arguments);
    std::reverse(words.begin(), words.end());
    app.parse(std::move(words));
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help, console.out, console.err);
  } catch (const CLI::ParseError& error) {
    console.err << "rolloutctl: " << error.what() << ": see \""
                << CommandOf(app) << " --help\"\n";
    const Command* meant = commands.Chosen();
    return static_cast<int>(meant == nullptr ? ExitCode::kError
                                             : meant->error_code());
  }
  ReadEnvironment(session.connection);
  Command* chosen = commands.Chosen();
  if (chosen != nullptr) return RunCommand(*chosen, session);
  console.err << app.help("", CLI::AppFormatMode::Normal)
              << "rolloutctl: say which command to run\n";
  return static_cast<int>(ExitCode::kError);
}

}  // namespace rollout::ctl
