// SPDX-License-Identifier: Apache-2.0
//
// Everything the benchmark measures of a fleet of one size.

#ifndef TESTS_BENCH_FLEET_FLEET_MEASUREMENT_H_
#define TESTS_BENCH_FLEET_FLEET_MEASUREMENT_H_

#include "absl/status/status.h"
#include "tests/bench/fleet/fleet_figures.h"

namespace rollout::bench {

// `figures->hosts` of them. As root, before any thread is there, once in a
// process; the hosts are in another one, in namespaces of their own.
absl::Status MeasureFleet(FleetFigures* figures);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_FLEET_MEASUREMENT_H_
