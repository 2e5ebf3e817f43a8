// SPDX-License-Identifier: Apache-2.0
//
// When a source is looked at: every interval, at a hint, when an operator asks.

#ifndef CONTROLLER_GITOPS_SOURCE_LOOP_H_
#define CONTROLLER_GITOPS_SOURCE_LOOP_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/task_loop.h"
#include "controller/gitops/source_sync.h"

namespace rollout::gitops {

// Makes one pass after the other on a loop of its own.
class SourceLoop {
 public:
  using Synced = std::function<void(absl::StatusOr<v1::Source> source)>;

  // `sync` and `clock` must outlive this. The first pass begins at once.
  SourceLoop(SourceSync& sync, const Clock& clock,
             std::unique_ptr<TaskLoop> loop);
  // Stops.
  ~SourceLoop();
  SourceLoop(const SourceLoop&) = delete;
  SourceLoop& operator=(const SourceLoop&) = delete;

  // The branch may have moved. Many hints are one pass, which begins at once
  // unless one was made for a hint just before: 1 s after such a one, 10 s when
  // that found nothing. Any thread.
  void Hint();

  // A pass that reads everything again, as soon as the one under way is over;
  // `done` on the loop, after it. ResourceExhausted: too many wait. Cancelled:
  // stopped. Any thread.
  void Sync(Synced done) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for the pass under way. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // On the loop: a pass if there is reason for one now, and the next look.
  void Look() ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeHint();
  absl::Duration NextPass() const;
  std::vector<Synced> TakeWaiting() ABSL_LOCKS_EXCLUDED(mutex_);

  SourceSync& sync_;
  const Clock& clock_;
  // The loop's alone; times are of the monotonic clock.
  absl::BitGen random_;
  absl::Duration due_;
  absl::Duration hints_wait_until_;
  bool hinted_ = false;
  // Counts looks that were arranged: only the last one counts.
  int64_t arranged_ = 0;

  // A hint is on its way to the loop.
  std::atomic<bool> hint_posted_{false};
  Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Synced> waiting_ ABSL_GUARDED_BY(mutex_);
  // Last: its thread ends before what it touches.
  const std::unique_ptr<TaskLoop> loop_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCE_LOOP_H_
