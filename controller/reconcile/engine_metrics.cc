// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/engine_metrics.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"
#include "base/proto_time.h"
#include "controller/store/rollout_status.h"

namespace rollout::reconcile {
namespace {

// Seconds: from a flip (tens of microseconds) to a long drain.
prometheus::Histogram::BucketBoundaries SwapBuckets() {
  return {0.0001, 0.001, 0.01, 0.1, 0.5, 1, 2, 3, 5, 10, 15, 30, 60, 120, 300};
}

// Seconds: from a few hosts in a test to a fleet over a weekend.
prometheus::Histogram::BucketBoundaries RolloutBuckets() {
  return {1,   5,    10,   30,   60,    120,   300,
          600, 1200, 3600, 7200, 21600, 86400, 259200};
}

// Of rollout_plan_hosts.
constexpr const char* kHostStates[] = {"desired", "updated", "unavailable",
                                       "in_change", "overlapping"};

// Of rollout_plan_phase.
constexpr v1::RolloutPhase kPhases[] = {v1::PROGRESSING, v1::ROLLING_BACK,
                                        v1::COMPLETE,    v1::ROLLED_BACK,
                                        v1::ABORTED,     v1::FAILED};

std::string OutcomeOf(v1::RolloutPhase phase) {
  return absl::AsciiStrToLower(v1::RolloutPhase_Name(phase));
}

// Seconds: from a pass over three hosts to a slow disk.
prometheus::Histogram::BucketBoundaries WorkBuckets() {
  return {0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};
}

prometheus::Histogram& OneHistogram(prometheus::Registry& registry,
                                    const std::string& name,
                                    const std::string& help) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add({}, WorkBuckets());
}

prometheus::Counter& OneCounter(prometheus::Registry& registry,
                                const std::string& name,
                                const std::string& help) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(registry)
      .Add({});
}

}  // namespace

EngineMetrics::EngineMetrics(prometheus::Registry& registry)
    : hosts_(prometheus::BuildGauge()
                 .Name("rollout_hosts")
                 .Help("Hosts by state of their connection.")
                 .Register(registry)),
      plan_hosts_(prometheus::BuildGauge()
                      .Name("rollout_plan_hosts")
                      .Help("Hosts of a plan, as its limits count them.")
                      .Register(registry)),
      plan_phases_(prometheus::BuildGauge()
                       .Name("rollout_plan_phase")
                       .Help("1 for the phase of the plan's newest rollout.")
                       .Register(registry)),
      rollouts_(prometheus::BuildCounter()
                    .Name("rollout_rollouts_total")
                    .Help("Rollouts that ended, by outcome.")
                    .Register(registry)),
      rollout_seconds_(prometheus::BuildHistogram()
                           .Name("rollout_rollout_seconds")
                           .Help("Duration of rollouts that ended, without "
                                 "what people kept them waiting.")
                           .Register(registry)),
      waiting_seconds_(prometheus::BuildHistogram()
                           .Name("rollout_rollout_waiting_seconds")
                           .Help("For how long people kept rollouts waiting: "
                                 "paused, frozen, for an approval.")
                           .Register(registry)),
      swaps_(prometheus::BuildCounter()
                 .Name("rollout_swaps_total")
                 .Help("Swaps on hosts that ended, by outcome.")
                 .Register(registry)),
      swap_seconds_(prometheus::BuildHistogram()
                        .Name("rollout_swap_seconds")
                        .Help("Duration of the phases of swaps on hosts.")
                        .Register(registry)),
      passes_(OneCounter(registry, "rollout_passes_total",
                         "Passes of the engine over plans.")),
      pass_seconds_(OneHistogram(registry, "rollout_pass_seconds",
                                 "Duration of a pass over one plan.")),
      commit_seconds_(OneHistogram(
          registry, "rollout_store_commit_seconds",
          "Duration of a group commit, from its begin to safe on disk.")),
      store_failures_(OneCounter(registry, "rollout_store_failures_total",
                                 "Writes that the store could not carry "
                                 "out.")) {}

void EngineMetrics::SetHosts(int connected, int disconnected) {
  hosts_.Add({{"state", "connected"}}).Set(connected);
  hosts_.Add({{"state", "disconnected"}}).Set(disconnected);
}

void EngineMetrics::SetPlanHosts(const std::string& plan,
                                 const v1::HostCounts& counts) {
  const int32_t figures[] = {counts.desired(), counts.updated(),
                             counts.unavailable(), counts.in_change(),
                             counts.overlapping()};
  for (size_t i = 0; i < std::size(kHostStates); ++i) {
    plan_hosts_.Add({{"plan", plan}, {"state", kHostStates[i]}})
        .Set(figures[i]);
  }
}

void EngineMetrics::ForgetPlan(const std::string& plan) {
  for (const char* state : kHostStates) {
    plan_hosts_.Remove(&plan_hosts_.Add({{"plan", plan}, {"state", state}}));
  }
  for (v1::RolloutPhase phase : kPhases) {
    plan_phases_.Remove(
        &plan_phases_.Add({{"plan", plan}, {"phase", OutcomeOf(phase)}}));
  }
}

void EngineMetrics::CountRollout(const v1::Rollout& rollout) {
  const prometheus::Labels labels = {{"plan", rollout.plan()},
                                     {"outcome", OutcomeOf(rollout.phase())}};
  rollouts_.Add(labels).Increment();
  const absl::Time end = FromProto(rollout.finished());
  const absl::Duration waited = store::WaitedForPeople(rollout, end);
  const absl::Duration worked = end - FromProto(rollout.created()) - waited;
  rollout_seconds_.Add(labels, RolloutBuckets())
      .Observe(absl::ToDoubleSeconds(worked));
  waiting_seconds_.Add(labels, RolloutBuckets())
      .Observe(absl::ToDoubleSeconds(waited));
}

void EngineMetrics::SetPlanPhase(const std::string& plan,
                                 v1::RolloutPhase phase) {
  for (v1::RolloutPhase each : kPhases) {
    plan_phases_.Add({{"plan", plan}, {"phase", OutcomeOf(each)}})
        .Set(each == phase ? 1 : 0);
  }
}

void EngineMetrics::CountSwap(const v1::SwapReport& report) {
  // Each swap counts once, when all is known of it.
  if (!report.final()) return;
  swaps_
      .Add({{"outcome", absl::AsciiStrToLower(
                            v1::SwapReport::Outcome_Name(report.outcome()))}})
      .Increment();
  const v1::SwapTimings& timings = report.timings();
  auto observe = [this](const char* phase, bool happened,
                        const google::protobuf::Duration& took) {
    if (!happened) return;
    swap_seconds_.Add({{"phase", phase}}, SwapBuckets())
        .Observe(absl::ToDoubleSeconds(FromProto(took)));
  };
  observe("fetch", timings.has_fetch(), timings.fetch());
  observe("listen", timings.has_listen(), timings.listen());
  observe("startup", timings.has_startup(), timings.startup());
  observe("flip", timings.has_flip(), timings.flip());
  observe("switchover", timings.has_switchover(), timings.switchover());
  observe("wait", timings.has_wait(), timings.wait());
  observe("exit", timings.has_exit(), timings.exit());
  observe("total", timings.has_total(), timings.total());
}

void EngineMetrics::CountPass(absl::Duration took) {
  passes_.Increment();
  pass_seconds_.Observe(absl::ToDoubleSeconds(took));
}

void EngineMetrics::CountCommit(absl::Duration took) {
  commit_seconds_.Observe(absl::ToDoubleSeconds(took));
}

void EngineMetrics::CountStoreFailure() { store_failures_.Increment(); }

}  // namespace rollout::reconcile
