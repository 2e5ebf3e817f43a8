// SPDX-License-Identifier: Apache-2.0
//
// The engine's numbers for Prometheus, registered in a registry that the
// program owns and serves.

#ifndef CONTROLLER_RECONCILE_ENGINE_METRICS_H_
#define CONTROLLER_RECONCILE_ENGINE_METRICS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::reconcile {

// Safe from any thread.
class EngineMetrics {
 public:
  // `registry` must outlive this. One per registry.
  explicit EngineMetrics(prometheus::Registry& registry);
  EngineMetrics(const EngineMetrics&) = delete;
  EngineMetrics& operator=(const EngineMetrics&) = delete;

  // rollout_hosts{state="connected|disconnected"}
  void SetHosts(int connected, int disconnected);
  // rollout_plan_hosts{plan, state="desired|updated|unavailable|in_change|
  // overlapping"}
  void SetPlanHosts(const std::string& plan, const v1::HostCounts& counts);
  // One that has ended: rollout_rollouts_total, and how long it took:
  // rollout_rollout_seconds, without what people kept it waiting,
  // rollout_rollout_waiting_seconds; all
  // {plan, outcome="complete|rolled_back|aborted|failed|superseded"}
  void CountRollout(const v1::Rollout& rollout);
  // rollout_plan_phase{plan, phase="progressing|..."}: 1 for the phase of its
  // newest rollout, 0 for the others.
  void SetPlanPhase(const std::string& plan, v1::RolloutPhase phase);
  // Gone: no gauge tells of it any more. What was counted stays.
  void ForgetPlan(const std::string& plan);
  // rollout_swap_seconds{phase="fetch|startup|flip|switchover|total|..."},
  // rollout_swaps_total{outcome}; once per swap, when it is over.
  void CountSwap(const v1::SwapReport& report);
  // rollout_passes_total, rollout_pass_seconds
  void CountPass(absl::Duration took);
  // rollout_store_commit_seconds
  void CountCommit(absl::Duration took);
  // rollout_store_failures_total: writes that were refused by the disk.
  void CountStoreFailure();

 private:
  prometheus::Family<prometheus::Gauge>& hosts_;
  prometheus::Family<prometheus::Gauge>& plan_hosts_;
  prometheus::Family<prometheus::Gauge>& plan_phases_;
  prometheus::Family<prometheus::Counter>& rollouts_;
  prometheus::Family<prometheus::Histogram>& rollout_seconds_;
  prometheus::Family<prometheus::Histogram>& waiting_seconds_;
  prometheus::Family<prometheus::Counter>& swaps_;
  prometheus::Family<prometheus::Histogram>& swap_seconds_;
  prometheus::Counter& passes_;
  prometheus::Histogram& pass_seconds_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Counter& store_failures_;
};

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_ENGINE_METRICS_H_
