// SPDX-License-Identifier: Apache-2.0
//
// Runs a command to its end, or to a deadline, and keeps the beginning of what
// it wrote. It runs in a process group of its own; when the command has ended,
// whatever it left behind in that group is killed.

#ifndef BASE_SUBPROCESS_H_
#define BASE_SUBPROCESS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollout {

struct Command {
  // The program, an absolute path, and its arguments; no shell.
  std::vector<std::string> arguments;
  // The whole environment: "NAME=value".
  std::vector<std::string> environment;
  // The file that is its standard input.
  std::string input = "/dev/null";
  absl::Duration timeout = absl::InfiniteDuration();
  // Bytes of standard output and error, together, that are kept; the rest is
  // read and forgotten.
  size_t output_limit = 4096;
  // Readable: end the command now. Borrowed; negative: none.
  int cancel_fd = -1;
};

struct CommandResult {
  enum class End { kExited, kTimedOut, kCancelled };
  End end = End::kExited;
  // As from waitpid(2); of a killed command in the latter two cases.
  int wait_status = 0;
  std::string output;
};

// Blocks. The directory is "/", descriptors but standard ones are closed,
// signals are as in a fresh process. Safe from any thread. NotFound,
// PermissionDenied and the like: it could not be started.
absl::StatusOr<CommandResult> RunCommand(const Command& command);

// "exited with status 3", "was killed by signal 9 (Killed)".
std::string DescribeWaitStatus(int wait_status);

}  // namespace rollout

#endif  // BASE_SUBPROCESS_H_
