// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/completion_command.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "rolloutctl/completion_scripts.h"

namespace rollout::ctl {

CommandParser& CompletionCommand::Register(CommandParser& parent) {
  CommandParser& parser = parent.AddCommand(
      "completion", "Print what makes a shell complete rolloutctl's commands");
  parser.AddArgument("shell", shell_, "Which shell").Type(kShells).Required();
  parser.SetFooter(
      "Completes commands, flags and their values, and asks the controller "
      "for the\n"
      "names of plans, hosts and revisions.\n"
      "Examples:\n"
      "  source <(rolloutctl completion bash)          # in ~/.bashrc\n"
      "  source <(rolloutctl completion zsh)           # in ~/.zshrc, after "
      "compinit\n"
      "  rolloutctl completion fish > ~/.config/fish/completions/"
      "rolloutctl.fish");
  return parser;
}

absl::StatusOr<ExitCode> CompletionCommand::Run(Session& session) {
  const absl::string_view script = CompletionScript(shell_);
  if (script.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "there is no completion for \"", shell_,
        "\" (there is: ", absl::StrReplaceAll(kShells, {{"|", ", "}}), ")"));
  }
  session.console.out << script;
  return ExitCode::kDone;
}

}  // namespace rollout::ctl
