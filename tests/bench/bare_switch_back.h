// SPDX-License-Identifier: Apache-2.0
//
// The least that a switch-back could take: a process is killed, whoever waits
// on its pidfd wakes up and attaches a program to a group of listeners.

#ifndef TESTS_BENCH_BARE_SWITCH_BACK_H_
#define TESTS_BENCH_BARE_SWITCH_BACK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollout::bench {

// From the kill of a process that runs `command`, which writes a byte to its
// standard output once it is there, to the program's being attached.
absl::StatusOr<absl::Duration> BareSwitchBack(std::vector<std::string> command);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_BARE_SWITCH_BACK_H_
