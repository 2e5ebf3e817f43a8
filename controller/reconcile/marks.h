// SPDX-License-Identifier: Apache-2.0
//
// What has changed since the loop last looked. An event only leaves a mark
// here, and what is marked is read anew: losing one costs time alone.
//
// Safe from any thread.

#ifndef CONTROLLER_RECONCILE_MARKS_H_
#define CONTROLLER_RECONCILE_MARKS_H_

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace rollout::reconcile {

struct Marked {
  // Their records, or a rollout's of theirs.
  std::set<std::string> plans;
  std::set<std::string> hosts;
  // What a host was asked for: plan and host.
  std::set<std::pair<std::string, std::string>> assignments;

  bool empty() const {
    return plans.empty() && hosts.empty() && assignments.empty();
  }
};

class Marks {
 public:
  // `on_first` is called on the thread that marks, after the first mark since
  // Take; must not block.
  explicit Marks(std::function<void()> on_first)
      : on_first_(std::move(on_first)) {}

  void AddPlan(const std::string& plan) ABSL_LOCKS_EXCLUDED(mutex_) {
    Add([&](Marked* marked) { marked->plans.insert(plan); });
  }
  void AddHost(const std::string& host) ABSL_LOCKS_EXCLUDED(mutex_) {
    Add([&](Marked* marked) { marked->hosts.insert(host); });
  }
  void AddAssignment(const std::string& plan, const std::string& host)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    Add([&](Marked* marked) { marked->assignments.insert({plan, host}); });
  }

  // All marks, which are gone then.
  Marked Take() ABSL_LOCKS_EXCLUDED(mutex_) {
    MutexLock lock(&mutex_);
    return std::exchange(marked_, {});
  }

 private:
  template <typename Insert>
  void Add(Insert insert) ABSL_LOCKS_EXCLUDED(mutex_) {
    bool first;
    {
      MutexLock lock(&mutex_);
      first = marked_.empty();
      insert(&marked_);
    }
    if (first) on_first_();
  }

  const std::function<void()> on_first_;
  Mutex mutex_;
  Marked marked_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_MARKS_H_
