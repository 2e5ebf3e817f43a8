// SPDX-License-Identifier: Apache-2.0
//
// Ends a connection that a library is using, from another thread and without
// racing against the library's own close.

#ifndef AGENT_PROBE_CUTOFF_H_
#define AGENT_PROBE_CUTOFF_H_

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace rollout::probe {

// Safe from any thread.
class Cutoff {
 public:
  // `fd` is the library's; a duplicate is kept here until this goes.
  void Watch(int fd) ABSL_LOCKS_EXCLUDED(mutex_);

  // What is watched, now or later, is shut down in both directions.
  void Cut() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Mutex mutex_;
  UniqueFd fd_ ABSL_GUARDED_BY(mutex_);
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_CUTOFF_H_
