// SPDX-License-Identifier: Apache-2.0
//
// A command on a terminal that somebody looks at: a pane of tmux(1).

#ifndef TESTS_PROGRAMS_TERMINAL_H_
#define TESTS_PROGRAMS_TERMINAL_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace rollout::programs {

struct TerminalSettings {
  // An existing directory, for the files of one terminal.
  std::string directory;
  int columns = 80;
  int rows = 24;
  // The program, an absolute path, and its arguments; no shell.
  std::vector<std::string> command;
  // Beside what tmux gives it: "NAME=value".
  std::vector<std::string> environment;
};

// Not thread-safe. The errors hold what tmux has said.
class Terminal {
 public:
  static absl::StatusOr<std::unique_ptr<Terminal>> Start(
      const TerminalSettings& settings);
  // Ends the command, and tmux.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // What is seen, a line each, without blanks at the ends; with colors as the
  // codes of a terminal, if they are asked for.
  absl::StatusOr<std::string> Look(bool colors = false) const;

  // How many lines have left the window at its top.
  absl::StatusOr<int> LinesGone() const;

  // The command's exit status; none: it runs.
  std::optional<int> ExitStatus() const;

 private:
  explicit Terminal(std::string directory) : directory_(std::move(directory)) {}

  absl::StatusOr<std::string> Tmux(std::vector<std::string> arguments) const;
  // A value of tmux's about the pane, by its name.
  absl::StatusOr<std::string> Ask(const std::string& name) const;

  const std::string directory_;
};

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_TERMINAL_H_
