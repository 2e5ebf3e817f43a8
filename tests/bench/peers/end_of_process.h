// SPDX-License-Identifier: Apache-2.0
//
// The moment in which a process ends, whoever its parent is.

#ifndef TESTS_BENCH_PEERS_END_OF_PROCESS_H_
#define TESTS_BENCH_PEERS_END_OF_PROCESS_H_

#include <sys/types.h>

#include <future>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace rollout::bench {

// Watches from Watch on, in a thread of its own. Not thread-safe.
class EndOfProcess {
 public:
  // NotFound: there is no such process any more.
  static absl::StatusOr<EndOfProcess> Watch(pid_t pid);

  // Waits for it; on the wall clock. DeadlineExceeded: it has not ended within
  // half a minute after Watch.
  absl::StatusOr<absl::Time> Await() { return end_.get(); }

 private:
  explicit EndOfProcess(std::future<absl::StatusOr<absl::Time>> end)
      : end_(std::move(end)) {}

  std::future<absl::StatusOr<absl::Time>> end_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_PEERS_END_OF_PROCESS_H_
