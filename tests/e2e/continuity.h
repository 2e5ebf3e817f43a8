// SPDX-License-Identifier: Apache-2.0
//
// The check that every end-to-end test of a swap comes down to: nothing was
// lost, and enough was under way for that to mean something.

#ifndef TESTS_E2E_CONTINUITY_H_
#define TESTS_E2E_CONTINUITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/swap.pb.h"
#include "tests/e2e/operator.h"
#include "tests/load/load_result.h"

namespace rollout::e2e {

// Fewer requests than this at the time of a swap prove nothing.
constexpr int64_t kMinOverlapping = 200;

// How often each program is swapped: 20 times, or as ROLLOUT_SWAPS in the
// environment says.
int SwapsOfEach();

// Swaps of one host with the load on it. A swap lasts from the start of the new
// process to the end of the old one. Its report leaves out the time the old one
// was kept warm, which was `warm` at least: the plan's minReady.
struct LoadedSwaps {
  std::vector<v1::SwapReport> swaps;
  absl::Duration warm;
};

// What speaks against "no connection was lost": each failed kind of request,
// each swap that too few requests overlapped. Empty: nothing does.
std::vector<std::string> Complaints(const load::LoadResult& result,
                                    const LoadedSwaps& loaded);

// A line per swap: how many requests overlapped it, and its times.
std::string SwapTable(const load::LoadResult& result,
                      const LoadedSwaps& loaded);

// Waits until `count` swaps of the plan have come to their end, the old
// process gone; returns them, the oldest first.
absl::StatusOr<std::vector<v1::SwapReport>> AwaitSwaps(
    const Operator& operate, absl::string_view plan, size_t count,
    absl::Duration limit = absl::Seconds(60));

}  // namespace rollout::e2e

#endif  // TESTS_E2E_CONTINUITY_H_
