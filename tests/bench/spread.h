// SPDX-License-Identifier: Apache-2.0
//
// Many measurements of one thing, and what is said of them.

#ifndef TESTS_BENCH_SPREAD_H_
#define TESTS_BENCH_SPREAD_H_

#include <algorithm>
#include <vector>

#include "absl/time/time.h"

namespace rollout::bench {

// A value; not thread-safe.
class Spread {
 public:
  void Add(absl::Duration measured) { all_.push_back(measured); }

  size_t count() const { return all_.size(); }
  absl::Duration median() const { return Quantile(0.5); }
  absl::Duration p99() const { return Quantile(0.99); }

  // What `share` (0..1) of the measurements did not exceed; zero where there
  // is none.
  absl::Duration Quantile(double share) const {
    if (all_.empty()) return absl::ZeroDuration();
    std::vector<absl::Duration> sorted = all_;
    std::sort(sorted.begin(), sorted.end());
    return sorted[std::min(sorted.size() - 1,
                           static_cast<size_t>(share * sorted.size()))];
  }

 private:
  std::vector<absl::Duration> all_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_SPREAD_H_
