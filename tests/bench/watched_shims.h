// SPDX-License-Identifier: Apache-2.0
//
// Shims whose words to the agent, and the agent's to them, are kept with the
// time they were said: where the time of a decision goes.

#ifndef TESTS_BENCH_WATCHED_SHIMS_H_
#define TESTS_BENCH_WATCHED_SHIMS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/shim_client/shim.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace rollout::bench {

// On the monotonic clock.
struct SeenStatus {
  absl::Duration at;
  shim::v1::Status status;
};
struct SeenRequest {
  absl::Duration at;
  shim::v1::Request request;
};

// Safe from any thread.
class WatchedShims : public shim_client::ShimHost {
 public:
  // `shims` must outlive this.
  explicit WatchedShims(shim_client::ShimHost* shims) : shims_(*shims) {}

  absl::StatusOr<shim_client::ShimProgram> Program() override {
    return shims_.Program();
  }
  absl::StatusOr<std::vector<std::string>> FindServices() override {
    return shims_.FindServices();
  }
  absl::StatusOr<std::unique_ptr<shim_client::Shim>> Open(
      const std::string& service, shim_client::ShimEvents events) override;

  // Forgets what was said so far.
  void Clear() ABSL_LOCKS_EXCLUDED(mutex_);

  // The first one since then, waited for. DeadlineExceeded: not within 10 s.
  absl::StatusOr<SeenStatus> Await(
      std::function<bool(const shim::v1::Status&)> condition)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<SeenRequest> AwaitRequest(
      std::function<bool(const shim::v1::Request&)> condition)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class WatchedShim;

  shim_client::ShimHost& shims_;
  const SystemClock clock_{};
  Mutex mutex_;
  CondVar changed_;
  std::vector<SeenStatus> statuses_ ABSL_GUARDED_BY(mutex_);
  std::vector<SeenRequest> requests_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_WATCHED_SHIMS_H_
