// SPDX-License-Identifier: Apache-2.0
//
// One way to put the next version of a program in the place of the last: ours,
// the program's own, or what people do with any program.

#ifndef TESTS_BENCH_PEERS_WAY_H_
#define TESTS_BENCH_PEERS_WAY_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/programs/program.h"

namespace rollout::bench {

// Its first version serves from the beginning; ends what it has started with
// itself. Not thread-safe.
class Way {
 public:
  virtual ~Way() = default;

  // Where clients find it: "127.0.1.1:8080".
  virtual std::string Target() const = 0;

  // What serves.
  virtual const programs::Version& version() const = 0;
  // Its main process: the one whose end is the end of that version.
  virtual absl::StatusOr<pid_t> MainProcess() const = 0;

  // Puts the next version on the disk. Nothing runs of it yet.
  virtual absl::Status Prepare() = 0;

  // Changes to it, and returns when all is done that belongs to it. The result
  // is the moment of the command, on the wall clock: what is to be done was
  // known, the next version was on the disk, and nothing had happened.
  virtual absl::StatusOr<absl::Time> Change() = 0;

  // What it knows of its swaps that clients don't: a row of PhasesTitle's.
  // Empty: nothing.
  virtual std::string Notes() const { return ""; }
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_WAY_H_
