// SPDX-License-Identifier: Apache-2.0
//
// Swaps one program again and again through the whole product, on a quiet host.

#ifndef TESTS_BENCH_PROGRAM_SWAPS_H_
#define TESTS_BENCH_PROGRAM_SWAPS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/swap.pb.h"
#include "tests/bench/peers.h"
#include "tests/bench/spread.h"

namespace rollout::bench {

// The phases of swap reports.
struct Phases {
  Spread fetch;
  Spread start;  // exec to listener
  Spread ready;  // listener to the probe's yes
  Spread flip;
  Spread queue;  // flip to the old one's last connection
  Spread wait;   // start of the drain to the signal
  Spread exit;   // signal to the last process's end
  Spread rest;   // of the total: dark, until the controller has decided
  Spread total;
};

Phases PhasesOf(const std::vector<v1::SwapReport>& swaps);

struct ProgramFigures {
  Phases phases;
  OwnTimes own;
};

// Swaps the program of this name so many times on a fleet of one host.
absl::StatusOr<ProgramFigures> MeasureProgram(const std::string& name,
                                              int swaps);

// The figures as lines of a table, with PhasesTitle above.
std::string PhasesTitle();
std::string PhasesRows(const std::string& name, const ProgramFigures& figures);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PROGRAM_SWAPS_H_
