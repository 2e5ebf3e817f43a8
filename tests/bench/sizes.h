// SPDX-License-Identifier: Apache-2.0
//
// How much memory our programs hold.

#ifndef TESTS_BENCH_SIZES_H_
#define TESTS_BENCH_SIZES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace rollout::bench {

// Resident memory, in kilobytes, of each process whose program has this file
// name; the largest first. Processes of this namespace only.
std::vector<int64_t> ResidentKilobytes(absl::string_view program);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_SIZES_H_
