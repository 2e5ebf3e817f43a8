// SPDX-License-Identifier: Apache-2.0
//
// How sources are followed, for Prometheus:
//
//   rollout_source_passes_total{source,outcome}: "unchanged", the branch is
//     where it was; "applied"; "refused", its commit is not good; "failed", for
//     now
//   rollout_source_checked_timestamp_seconds{source}: when the repository last
//     answered

#ifndef CONTROLLER_GITOPS_SOURCE_METRICS_H_
#define CONTROLLER_GITOPS_SOURCE_METRICS_H_

#include <string>

#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/registry.h"

namespace rollout::gitops {

enum class PassOutcome { kUnchanged, kApplied, kRefused, kFailed };

// Safe from any thread.
class SourceMetrics {
 public:
  // `registry` must outlive this.
  explicit SourceMetrics(prometheus::Registry& registry);
  SourceMetrics(const SourceMetrics&) = delete;
  SourceMetrics& operator=(const SourceMetrics&) = delete;

  void CountPass(const std::string& source, PassOutcome outcome);
  void SetChecked(const std::string& source, absl::Time time);

 private:
  prometheus::Family<prometheus::Counter>& passes_;
  prometheus::Family<prometheus::Gauge>& checked_;
};

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_SOURCE_METRICS_H_
