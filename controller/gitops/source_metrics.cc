// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_metrics.h"

namespace rollout::gitops {
namespace {

const char* WordOf(PassOutcome outcome) {
  switch (outcome) {
    case PassOutcome::kUnchanged:
      return "unchanged";
    case PassOutcome::kApplied:
      return "applied";
    case PassOutcome::kRefused:
      return "refused";
    case PassOutcome::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace

SourceMetrics::SourceMetrics(prometheus::Registry& registry)
    : passes_(prometheus::BuildCounter()
                  .Name("rollout_source_passes_total")
                  .Help("Looks at a source's repository, by what came of it.")
                  .Register(registry)),
      checked_(prometheus::BuildGauge()
                   .Name("rollout_source_checked_timestamp_seconds")
                   .Help("When the source's repository last answered.")
                   .Register(registry)) {}

void SourceMetrics::CountPass(const std::string& source, PassOutcome outcome) {
  passes_.Add({{"source", source}, {"outcome", WordOf(outcome)}}).Increment();
}

void SourceMetrics::SetChecked(const std::string& source, absl::Time time) {
  checked_.Add({{"source", source}})
      .Set(absl::ToDoubleSeconds(time - absl::UnixEpoch()));
}

}  // namespace rollout::gitops
