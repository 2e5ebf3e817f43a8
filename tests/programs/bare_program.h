// SPDX-License-Identifier: Apache-2.0
//
// A program started without Rollout, as people start it.

#ifndef TESTS_PROGRAMS_BARE_PROGRAM_H_
#define TESTS_PROGRAMS_BARE_PROGRAM_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/e2e/process.h"
#include "tests/load/protocol.h"
#include "tests/programs/program.h"

namespace rollout::programs {

// Where to run it. `directory` exists and is this program's alone.
struct BarePlace {
  std::string address;  // "127.0.1.1"
  int port = 0;
  std::string directory;
};

// Not thread-safe.
class BareProgram {
 public:
  BareProgram(const Version& version, BarePlace place);

  // Starts it; returns when it answers. How long that took.
  absl::StatusOr<absl::Duration> Start();

  // Sends it its signal; returns when it has ended. How long that took.
  absl::StatusOr<absl::Duration> Stop();

  // Of what Start has started.
  pid_t pid() const { return process_->pid(); }
  // "127.0.1.1:8080".
  std::string Target() const;
  // As its version's.
  const load::Protocol& protocol() const { return protocol_; }
  // With host values put in.
  const std::vector<std::string>& command() const { return command_; }
  // What it writes.
  std::string log() const { return place_.directory + "/bare.log"; }

 private:
  const BarePlace place_;
  std::vector<std::string> command_;
  int signal_;
  load::Protocol protocol_;
  std::unique_ptr<e2e::Process> process_;
};

// As e2e::WaitUntil, for half a minute, but looks much more often: for where
// the time itself is the result.
bool WatchFor(const std::function<bool()>& condition);

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_BARE_PROGRAM_H_
