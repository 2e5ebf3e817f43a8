// SPDX-License-Identifier: Apache-2.0
//
// The peer of those who have none: the program is stopped, then started.

#ifndef TESTS_BENCH_RESTARTS_H_
#define TESTS_BENCH_RESTARTS_H_

#include "absl/status/statusor.h"
#include "tests/load/load_result.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {

// What clients see of so many restarts.
absl::StatusOr<load::LoadResult> LoadOverRestarts(
    programs::BareProgram& program, int times);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_RESTARTS_H_
