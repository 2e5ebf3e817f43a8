// SPDX-License-Identifier: Apache-2.0
//
// What a process takes of the machine.

#ifndef TESTS_BENCH_FLEET_PROCESS_COST_H_
#define TESTS_BENCH_FLEET_PROCESS_COST_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollout::bench {

struct ProcessCost {
  // All its threads together, ended ones too, in user and kernel mode.
  absl::Duration cpu;
  // Bytes.
  int64_t resident = 0;
};

// clock_getcpuclockid(3) and VmRSS of proc(5).
absl::StatusOr<ProcessCost> CostOf(pid_t pid);

// Long enough for a share of all heartbeats and pings.
constexpr absl::Duration kRestWindow = absl::Seconds(5);

// The processor time it takes each second, seen over `window`. Blocks so long.
absl::StatusOr<absl::Duration> CostPerSecond(pid_t pid, absl::Duration window);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_PROCESS_COST_H_
