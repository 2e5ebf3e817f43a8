// SPDX-License-Identifier: Apache-2.0
//
// One service, swapped again and again under a light load, and what the
// programs around it hold after each swap.

#ifndef TESTS_SOAK_SOAK_H_
#define TESTS_SOAK_SOAK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/load/load_result.h"
#include "tests/soak/growth.h"

namespace rollout::soak {

struct SoakOptions {
  // Of tests/programs.
  std::string program = "nginx";
  int swaps = 500;
};

struct SoakResult {
  std::vector<Series> series;
  load::LoadResult load;
};

// In namespaces of its own: see e2e::RunIsolated.
absl::StatusOr<SoakResult> Soak(const SoakOptions& options);

// What speaks against a long life: growth, and requests that failed.
std::vector<std::string> Complaints(const SoakResult& result);

}  // namespace rollout::soak

#endif  // TESTS_SOAK_SOAK_H_
