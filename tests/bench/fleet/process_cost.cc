// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/fleet/process_cost.h"

#include <time.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/status_macros.h"

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

absl::StatusOr<absl::Duration> CostPerSecond(pid_t pid, absl::Duration window) {
  ASSIGN_OR_RETURN(ProcessCost before, CostOf(pid));
  const absl::Duration began = SystemClock().Uptime();
  absl::SleepFor(window);
  ASSIGN_OR_RETURN(ProcessCost after, CostOf(pid));
  return (after.cpu - before.cpu) /
         absl::ToDoubleSeconds(SystemClock().Uptime() - began);
}

}  // namespace rollout::bench
