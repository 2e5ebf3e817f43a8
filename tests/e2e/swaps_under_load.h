// SPDX-License-Identifier: Apache-2.0
//
// What tests that swap a program again and again under load have in common.
// Each of these may fail the test that calls it.

#ifndef TESTS_E2E_SWAPS_UNDER_LOAD_H_
#define TESTS_E2E_SWAPS_UNDER_LOAD_H_

#include <string>

#include "absl/time/time.h"
#include "tests/e2e/operator.h"
#include "tests/load/load_result.h"

namespace rollout::e2e {

// The swapped plan's.
constexpr absl::Duration kMinReady = absl::Milliseconds(300);

// Applies the manifest of plan "web" and waits until it is rolled out.
void RollOut(const Operator& operate, const std::string& manifest);

// No request of `load`, which ran over that many swaps of one host, was lost,
// and each version has answered. Prints the swaps below `title`.
void ExpectContinuity(const std::string& title, const load::LoadResult& load,
                      const Operator& operate, int swaps);

}  // namespace rollout::e2e

#endif  // TESTS_E2E_SWAPS_UNDER_LOAD_H_
