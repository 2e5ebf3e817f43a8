// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/process_cost.h"

#include <time.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace rollout::bench {

absl::StatusOr<ProcessCost> CostOf(pid_t pid) {
  clockid_t clock;
  timespec time;
  if (clock_getcpuclockid(pid, &clock) != 0 ||
      clock_gettime(clock, &time) != 0) {
    return absl::UnavailableError(absl::StrCat("process ", pid, " has ended"));
  }
  ProcessCost cost;
  cost.cpu = absl::DurationFromTimespec(time);
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    int64_t kilobytes = 0;
    status >> kilobytes;
    cost.resident = kilobytes * 1024;
    return cost;
  }
  return absl::UnavailableError(absl::StrCat("no VmRSS of process ", pid));
}

}  // namespace rollout::bench
