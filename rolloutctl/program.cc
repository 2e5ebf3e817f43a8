// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/program.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/command_parser.h"
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
  void Add(CommandParser& parent) {
    auto command = std::make_unique<T>();
    const CommandParser& parser = command->Register(parent);
    commands_.emplace_back(&parser, std::move(command));
  }

  // The one the user asked for; null: none.
  Command* Chosen() const {
    for (const auto& [parser, command] : commands_) {
      if (parser->was_given()) return command.get();
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<const CommandParser*, std::unique_ptr<Command>>>
      commands_;
};

void AddCommands(CommandParser& app, CommandSet& commands) {
  commands.Add<ApplyCommand>(app);
  commands.Add<DiffCommand>(app);
  commands.Add<LintCommand>(app);
  commands.Add<AdoptCommand>(app);
  commands.Add<GetCommand>(app);
  CommandParser& describe =
      app.AddCommand("describe", "Show all that is known of one thing");
  commands.Add<DescribePlanCommand>(describe);
  commands.Add<DescribeHostCommand>(describe);
  commands.Add<DescribeSourceCommand>(describe);
  commands.Add<DescribeSwapCommand>(describe);
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
  CommandParser& set =
      app.AddCommand("set", "Change one thing of a plan, and only that");
  commands.Add<SetArtifactCommand>(set);
  commands.Add<SyncCommand>(app);
  commands.Add<LogsCommand>(app);
  commands.Add<ProxyCommand>(app);
  CommandParser& pki = app.AddCommand(
      "pki", "Make the fleet's authority and issue certificates");
  commands.Add<PkiInitCommand>(pki);
  commands.Add<PkiIssueCommand>(pki);
  CommandParser& config =
      app.AddCommand("config", "Show the fleets you know, and choose one");
  commands.Add<ConfigListCommand>(config);
  commands.Add<ConfigUseCommand>(config);
  commands.Add<ConfigCurrentCommand>(config);
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
bool RunHidden(const CommandParser& app,
               const std::vector<std::string>& arguments, Console& console) {
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
std::string CommandOf(const CommandParser& app) {
  std::string command = app.name();
  const CommandParser* at = &app;
  while ((at = at->given_command()) != nullptr) command += " " + at->name();
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
  CommandParser app(
      "rolloutctl",
      "Puts new binaries on a fleet without losing a connection.");
  app.AddVersion(absl::StrCat("rolloutctl ", kVersion));
  Session session{console, clock, {}};
  AddConnectionFlags(app, session.connection);
  CommandSet commands;
  AddCommands(app, commands);
  if (RunHidden(app, arguments, console)) {
    return static_cast<int>(ExitCode::kDone);
  }
  absl::StatusOr<std::string> text = app.Parse(WithoutHelpVerb(arguments));
  Command* chosen = commands.Chosen();
  if (!text.ok()) {
    console.err << "rolloutctl: " << text.status().message() << ": see \""
                << CommandOf(app) << " --help\"\n";
    return static_cast<int>(chosen == nullptr ? ExitCode::kError
                                              : chosen->error_code());
  }
  if (!text->empty()) {
    console.out << *text;
    return static_cast<int>(ExitCode::kDone);
  }
  ReadEnvironment(session.connection);
  if (chosen != nullptr) return RunCommand(*chosen, session);
  console.err << app.Help() << "rolloutctl: say which command to run\n";
  return static_cast<int>(ExitCode::kError);
}

}  // namespace rollout::ctl
