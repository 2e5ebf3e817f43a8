// SPDX-License-Identifier: Apache-2.0
//
// A way under the load, swap after swap.

#ifndef TESTS_BENCH_PEERS_MEASURED_WAY_H_
#define TESTS_BENCH_PEERS_MEASURED_WAY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
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

// So many swaps, each when the clients have been answered for a while by the
// version that it replaces.
absl::StatusOr<MeasuredWay> MeasureWay(Way& way, int swaps);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_MEASURED_WAY_H_
