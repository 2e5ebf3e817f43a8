// SPDX-License-Identifier: Apache-2.0
//
// One run of rollout-fetch as it is shipped, with what it took.

#ifndef TESTS_PROGRAMS_FETCH_RUN_H_
#define TESTS_PROGRAMS_FETCH_RUN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "controller/gitops/fetch.pb.h"

namespace rollout::programs {

struct FetchRun {
  gitops::FetchAnswer answer;
  // From its start to its end.
  absl::Duration time;
  // Resident, at the most.
  int64_t peak_kilobytes = 0;
};

// Request and answer lie in `directory`. The program is looked for in
// controller/gitops/fetch below the current directory, where Bazel has it.
// Internal: it has left no answer.
absl::StatusOr<FetchRun> RunFetch(const gitops::FetchRequest& request,
                                  const std::string& directory);

}  // namespace rollout::programs

#endif  // TESTS_PROGRAMS_FETCH_RUN_H_
