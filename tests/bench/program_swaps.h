// SPDX-License-Identifier: Apache-2.0
//
// What a swap of a real program takes, phase by phase, next to what the program
// takes to start and to stop by itself.

#ifndef TESTS_BENCH_PROGRAM_SWAPS_H_
#define TESTS_BENCH_PROGRAM_SWAPS_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/swap.pb.h"
#include "tests/bench/spread.h"

namespace rollout::bench {

struct Phases {
  void Add(const v1::SwapReport& swap);

  Spread fetch;
  Spread start;  // exec to listener
  Spread ready;  // listener to the probe's yes
  Spread flip;
  Spread queue;  // flip to the old one's last connection; while it is warm
  Spread wait;   // start of the drain to the signal
  Spread exit;   // signal to the last process's end
  Spread rest;   // of the total: what lies between the others
  Spread total;
};

struct ProgramFigures {
  Phases phases;
  // The program without us: to its first answer, and from its signal to its
  // end.
  Spread own_start;
  Spread own_stop;
};

// Swaps a program of tests/programs so many times, with a start and a stop of
// its own after each swap.
absl::StatusOr<ProgramFigures> MeasureProgram(const std::string& name,
                                              int swaps);

// Without the end of the line. `share` as Spread::Quantile has it.
std::string PhasesTitle();
std::string PhasesRow(const std::string& label, const Phases& phases,
                      double share);

std::string ProgramTitle();
std::string ProgramRows(const std::string& name, const ProgramFigures& figures);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PROGRAM_SWAPS_H_
