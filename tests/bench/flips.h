// SPDX-License-Identifier: Apache-2.0
//
// The one step of a swap that clients could notice, many times over: all new
// connections from one generation to the other. Next to it the system call it
// is made of.

#ifndef TESTS_BENCH_FLIPS_H_
#define TESTS_BENCH_FLIPS_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/spread.h"

namespace rollout::bench {

struct FlipFigures {
  // As the shim measures it: the system calls with what stands between them.
  Spread flip;
  // From the request's sending to the shim's status that tells of it.
  Spread round_trip;
  // setsockopt(SO_ATTACH_REUSEPORT_CBPF) alone, in this process, with a program
  // like the shim's on a group of two.
  Spread bare;
};

// Flips so many times between two python servers of one shim, which is
// `shim_program`. `directory` exists and is for this alone.
absl::StatusOr<FlipFigures> MeasureFlips(const std::string& shim_program,
                                         const std::string& directory,
                                         int flips);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLIPS_H_
