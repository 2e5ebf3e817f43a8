// SPDX-License-Identifier: Apache-2.0
//
// A way under the load, swap after swap.

#ifndef TESTS_BENCH_PEERS_MEASURED_WAY_H_
#define TESTS_BENCH_PEERS_MEASURED_WAY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/peers/side_figures.h"
#include "tests/bench/peers/way.h"

namespace rollout::bench {

struct MeasuredWay {
  SideFigures figures;
  // As Way::Notes.
  std::string notes;
  // For people: some requests that failed.
  std::vector<std::string> failures;
};

// No swap begins later than this after the first; all ways shall not take
// longer than one has patience for.
constexpr absl::Duration kTimeForAWay = absl::Seconds(15);

// So many swaps, or as many as there is time for, each when the clients have
// been answered for a while by the version that it replaces.
absl::StatusOr<MeasuredWay> MeasureWay(Way& way, int swaps);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_MEASURED_WAY_H_
