// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before the next try: doubled each time, with jitter so that
// a fleet does not come back in step.

#ifndef BASE_BACKOFF_H_
#define BASE_BACKOFF_H_

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"

namespace rollout {

// Not thread-safe.
class Backoff {
 public:
  // 0 < first <= limit.
  Backoff(absl::Duration first, absl::Duration limit)
      : first_(first), limit_(limit), next_(first) {}

  // The next wait: between half of the current step and all of it, and a part
  // of the spread.
  absl::Duration Next(absl::BitGenRef random);

  // Every wait is longer by a random part of it; at first there is none. For
  // very many who are all sent away at the same moment.
  void SetSpread(absl::Duration spread) { spread_ = spread; }

  // After a success.
  void Reset() { next_ = first_; }

 private:
  const absl::Duration first_;
  const absl::Duration limit_;
  absl::Duration next_;
  absl::Duration spread_;
};

}  // namespace rollout

#endif  // BASE_BACKOFF_H_
