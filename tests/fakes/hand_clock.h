// SPDX-License-Identifier: Apache-2.0
//
// A clock that stands until it is moved.

#ifndef TESTS_FAKES_HAND_CLOCK_H_
#define TESTS_FAKES_HAND_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace rollout {

// Safe from any thread.
class HandClock : public Clock {
 public:
  absl::Time Now() const override { return absl::UnixEpoch() + Uptime(); }
  absl::Duration Uptime() const override {
    MutexLock lock(&mutex_);
    return uptime_;
  }
  void Move(absl::Duration by) {
    MutexLock lock(&mutex_);
    uptime_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Duration uptime_ ABSL_GUARDED_BY(mutex_) = absl::Hours(1);
};

}  // namespace rollout

#endif  // TESTS_FAKES_HAND_CLOCK_H_
