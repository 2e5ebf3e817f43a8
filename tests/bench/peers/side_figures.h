// SPDX-License-Identifier: Apache-2.0
//
// What clients saw of the swaps of one way: pure arithmetic over their
// requests, the same for every way.
//
//   switch time   from the command to the moment from which on every new
//                 connection is answered by the new version, which has answered
//                 by then: to the beginning of the last request that was
//                 answered by anybody else, or failed, or to the end of the
//                 first one that the new version answered, if that is later
//   overlapping   a request that was under way at some moment between the
//                 command and the end of the old version's main process, or
//                 the switch, if that was later

#ifndef TESTS_BENCH_PEERS_SIDE_FIGURES_H_
#define TESTS_BENCH_PEERS_SIDE_FIGURES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/peers/recorded_load.h"
#include "tests/bench/spread.h"
#include "tests/load/load_result.h"

namespace rollout::bench {

// One swap.
struct Change {
  absl::Time command;
  // The old version's main process has ended.
  absl::Time gone;
  // What the new version answers, without white space at its ends.
  std::string answer;
};

struct SideFigures {
  // Fewer requests than this on either side of a comparison prove nothing.
  static constexpr size_t kEnough = 200;

  int swaps = 0;
  // The first ones of their connections.
  int64_t requests = 0;
  int64_t failed = 0;
  // Later ones of a connection.
  int64_t kept_requests = 0;
  int64_t kept_failed = 0;
  Spread switch_time;
  // How long good requests took.
  Spread overlapping;
  Spread others;

  double FailedPerSwap() const;
  double FailedPerTenThousand() const;
  // Of the p99 of those that overlap a swap to that of the others.
  double LatencyRatio() const;
};

// `changes` in the order of their commands. FailedPrecondition: a version was
// never seen.
absl::StatusOr<SideFigures> Compare(const std::vector<SeenRequest>& requests,
                                    const load::LoadResult& kept,
                                    const std::vector<Change>& changes);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_SIDE_FIGURES_H_
