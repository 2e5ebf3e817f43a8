// SPDX-License-Identifier: Apache-2.0

#include "tests/programs/terminal.h"

#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/programs/run.h"

namespace rollout::programs {
namespace {

// The command's exit status. tmux forgets that of one that ends at once.
constexpr char kStatusFile[] = "/exit-status";

}  // namespace

absl::StatusOr<std::unique_ptr<Terminal>> Terminal::Start(
    const TerminalSettings& settings) {
  std::unique_ptr<Terminal> terminal(new Terminal(settings.directory));
  // First how the window is to be, whose command may end at once: all the
  // command's, and it stays.
  std::vector<std::string> arguments = {
      "set-option",  "-g",
      "status",      "off",
      ";",           "set-option",
      "-g",          "remain-on-exit",
      "on",          ";",
      "new-session", "-d",
      "-x",          absl::StrCat(settings.columns),
      "-y",          absl::StrCat(settings.rows)};
  for (const std::string& variable : settings.environment) {
    arguments.insert(arguments.end(), {"-e", variable});
  }
  const std::string status = settings.directory + kStatusFile;
  const std::string script = absl::StrCat("\"$@\"; echo $? >", status,
                                          ".new; mv ", status, ".new ", status);
  arguments.insert(arguments.end(), {"/bin/sh", "-c", script, "sh"});
  arguments.insert(arguments.end(), settings.command.begin(),
                   settings.command.end());
  RETURN_IF_ERROR(terminal->Tmux(std::move(arguments)).status());
  return terminal;
}

Terminal::~Terminal() { Tmux({"kill-server"}).IgnoreError(); }

absl::StatusOr<std::string> Terminal::Look(bool colors) const {
  std::vector<std::string> arguments = {"capture-pane", "-p"};
  if (colors) arguments.push_back("-e");
  return Tmux(std::move(arguments));
}

absl::StatusOr<int> Terminal::LinesGone() const {
  ASSIGN_OR_RETURN(const std::string text, Ask("history_size"));
  int lines = 0;
  if (absl::SimpleAtoi(text, &lines)) return lines;
  return absl::InternalError("tmux has no history_size: " + text);
}

std::optional<int> Terminal::ExitStatus() const {
  std::ifstream file(directory_ + kStatusFile);
  int status = 0;
  if (file >> status) return status;
  return std::nullopt;
}

absl::StatusOr<std::string> Terminal::Tmux(
    std::vector<std::string> arguments) const {
  // Without anybody's settings, and with UTF-8 whatever the locale.
  const std::vector<std::string> tmux = {
      "/usr/bin/tmux", "-u", "-f",
      "/dev/null",     "-S", directory_ + "/tmux.sock"};
  arguments.insert(arguments.begin(), tmux.begin(), tmux.end());
  return Run(arguments);
}

absl::StatusOr<std::string> Terminal::Ask(const std::string& name) const {
  return Tmux({"display-message", "-p", absl::StrCat("#{", name, "}")});
}

}  // namespace rollout::programs
