// SPDX-License-Identifier: Apache-2.0
//
// Statuses of commits on their way to an outlet. A courtesy: one that is slow,
// broken or gone holds nobody and costs a bounded memory.

#ifndef CONTROLLER_GITOPS_STATUS_QUEUE_H_
#define CONTROLLER_GITOPS_STATUS_QUEUE_H_

#include <cstddef>
#include <list>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "controller/gitops/commit_status.h"
#include "controller/gitops/status_outlet.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/registry.h"

namespace rollout::gitops {

struct StatusQueueSettings {
  int max_tries = 6;
  absl::Duration first_wait = absl::Seconds(2);
  absl::Duration longest_wait = absl::Minutes(2);
  // So many commits at most wait to be told; the oldest makes room.
  size_t max_waiting = 256;
};

// The counter of what became of the statuses, with the label
// outcome="sent|failed|dropped"; dropped: to make room.
struct StatusMetric {
  const char* name;
  const char* help;
};

// Safe from any thread.
class StatusQueue {
 public:
  // `outlet` and `registry` must outlive this.
  StatusQueue(StatusOutlet& outlet, const StatusMetric& metric,
              const StatusQueueSettings& settings,
              prometheus::Registry& registry);
  // Stops.
  ~StatusQueue();
  StatusQueue(const StatusQueue&) = delete;
  StatusQueue& operator=(const StatusQueue&) = delete;

  // Returns at once. Nothing happens where the outlet does not take the source.
  // Of several about one commit of a source only the newest is sure to be sent,
  // and it is the last to be sent.
  void Report(CommitStatus status) ABSL_LOCKS_EXCLUDED(mutex_);

  // Drops what waits and breaks off what is being sent. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Waiting {
    CommitStatus status;
    Backoff backoff;
    int tries = 0;
    // When to try, by the clock's Uptime.
    absl::Duration due = absl::ZeroDuration();
  };

  void Run();
  // The next one that is due, taken out; nothing: stopped.
  std::optional<Waiting> Next() ABSL_LOCKS_EXCLUDED(mutex_);
  // After a try: counts it, or lets it wait for the next one.
  void Settle(Waiting waiting, const absl::Status& sent)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The one about the same commit of the same source.
  std::list<Waiting>::iterator Find(const CommitStatus& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  StatusOutlet& outlet_;
  const StatusQueueSettings settings_;
  SystemClock clock_;
  prometheus::Family<prometheus::Counter>& statuses_;
  prometheus::Counter& sent_;
  prometheus::Counter& failed_;
  prometheus::Counter& dropped_;
  // The thread's own.
  absl::BitGen random_;

  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::list<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  // Last: it uses the others.
  std::thread thread_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_STATUS_QUEUE_H_
