// SPDX-License-Identifier: Apache-2.0
//
// A slot that holds the newest value and forgets the ones before: what a stream
// sends when the reader is slower than the writer.

#ifndef BASE_LATEST_VALUE_H_
#define BASE_LATEST_VALUE_H_

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace rollout {

// Safe from any thread.
template <typename T>
class LatestValue {
 public:
  void Set(T value) {
    MutexLock lock(&mutex_);
    value_ = std::move(value);
  }

  // The newest value since the last Take; none if there was none.
  std::optional<T> Take() {
    MutexLock lock(&mutex_);
    return std::exchange(value_, std::nullopt);
  }

 private:
  Mutex mutex_;
  std::optional<T> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout

#endif  // BASE_LATEST_VALUE_H_
