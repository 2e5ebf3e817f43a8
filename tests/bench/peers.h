// SPDX-License-Identifier: Apache-2.0
//
// Programs without Rollout: how long they take by themselves, and what people
// do instead of a swap.

#ifndef TESTS_BENCH_PEERS_H_
#define TESTS_BENCH_PEERS_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/spread.h"
#include "tests/load/load_result.h"
#include "tests/programs/bare_program.h"

namespace rollout::bench {

struct OwnTimes {
  Spread start;
  Spread stop;
};

// Starts and stops it some times.
absl::StatusOr<OwnTimes> MeasureOwnTimes(programs::BareProgram& program,
                                         int times);

// The same under a load: stop, then start.
absl::StatusOr<load::LoadResult> LoadOverRestarts(
    programs::BareProgram& program, int times);

// nginx's own upgrade, which needs it to be a daemon: from USR2, through QUIT
// to the old master once the new one has workers, to the old one's end. `nginx`
// is not started. The caller is process 1 and has no other children.
absl::StatusOr<Spread> MeasureNginxUpgrades(const programs::BareProgram& nginx,
                                            const std::string& pid_file,
                                            int times);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_H_
