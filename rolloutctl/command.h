// SPDX-License-Identifier: Apache-2.0
//
// One command of rolloutctl: its flags, and what it does. A file per command
// or per group of small ones.

#ifndef ROLLOUTCTL_COMMAND_H_
#define ROLLOUTCTL_COMMAND_H_

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "rolloutctl/connection.h"
#include "rolloutctl/console.h"

namespace CLI {
class App;
}

namespace rollout::ctl {

// What a script learns from the exit code.
enum class ExitCode {
  kDone = 0,
  // Wrong usage, or no answer from the controller.
  kError = 1,
  kRolloutFailed = 2,
  // It failed or was aborted, and the hosts are back on the stable revision.
  kRolledBack = 3,
  kTimedOut = 4,
};

// What a command works with. The references must outlive it.
struct Session {
  Console& console;
  const Clock& clock;
  // As given by flags and environment.
  ConnectionFlags connection;
};

class Command {
 public:
  virtual ~Command() = default;

  // Adds the command with its flags to `parent`, and returns what was added.
  // The flags are kept in this object, which must outlive the parsing.
  virtual CLI::App* Register(CLI::App& parent) = 0;

  // Called once, after its flags were parsed. The error is shown to the user.
  virtual absl::StatusOr<ExitCode> Run(Session& session) = 0;
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMMAND_H_
