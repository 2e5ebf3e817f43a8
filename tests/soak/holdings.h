// SPDX-License-Identifier: Apache-2.0
//
// What a process, a directory, a host hold at one moment, from /proc and the
// file system.

#ifndef TESTS_SOAK_HOLDINGS_H_
#define TESTS_SOAK_HOLDINGS_H_

#include <sys/types.h>

#include <functional>
#include <string>

namespace rollout::soak {

struct ProcessHoldings {
  double descriptors = 0;
  double threads = 0;
  // Those that nobody has waited for included.
  double children = 0;
  double resident_kib = 0;
};

ProcessHoldings HoldingsOf(pid_t process);

// Processes that /proc shows.
double CountProcesses();

// Control groups, of version 2, below the one this process is in; 0: there are
// none.
double CountControlGroups();

struct DiskHoldings {
  double entries = 0;
  // As the file system counts it: in blocks.
  double kib = 0;
};

// All below `directory` whose path `counts` says yes to.
DiskHoldings HoldingsOf(
    const std::string& directory,
    const std::function<bool(const std::string& path)>& counts);

}  // namespace rollout::soak

#endif  // TESTS_SOAK_HOLDINGS_H_
