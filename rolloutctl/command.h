// SPDX-License-Identifier: Apache-2.0
//
// One command of rolloutctl: its flags, and what it does. A file per command
// or per group of small ones.

#ifndef ROLLOUTCTL_COMMAND_H_
#define ROLLOUTCTL_COMMAND_H_

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/command_parser.h"
#include "rolloutctl/connection.h"
#include "rolloutctl/console.h"

namespace rollout::ctl {

// What a script learns from the exit code.
enum class ExitCode {
  // The rollout is where it was wanted, or the command did its work.
  kDone = 0,
  // Wrong usage, or no answer from the controller; of lint: errors.
  kError = 1,
  // It stopped where it was: hosts are on different revisions.
  kRolloutFailed = 2,
  // It failed or was aborted, and the hosts are back on the stable revision.
  kRolledBack = 3,
  kTimedOut = 4,
  // It goes no further until somebody resumes it or approves.
  kWaitsForPerson = 5,
  // A newer rollout took over.
  kSuperseded = 6,
  // The controller does not let this user, or an operator has frozen the hosts.
  kDenied = 7,
  // Of diff, as of diff(1).
  kDiffers = 1,
  kDiffFailed = 2,
};

// What a command works with. The references must outlive it.
struct Session {
  Console& console;
  const Clock& clock;
  // As given by flags and environment; Client::Make finds out what counts.
  ConnectionFlags connection;
};

class Command {
 public:
  virtual ~Command() = default;

  // Adds the command with its flags to `parent`, and returns what was added.
  // The flags are kept in this object, which must outlive the parsing.
  virtual CommandParser& Register(CommandParser& parent) = 0;

  // Called once, after its flags were parsed. The error is shown to the user.
  virtual absl::StatusOr<ExitCode> Run(Session& session) = 0;

  // What an error ends with, of Run or of the flags.
  virtual ExitCode error_code() const { return ExitCode::kError; }
};

}  // namespace rollout::ctl

#endif  // ROLLOUTCTL_COMMAND_H_
