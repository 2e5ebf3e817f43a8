// SPDX-License-Identifier: Apache-2.0

#include "controller/view/plan_view.h"

#include <algorithm>
#include <utility>

#include "base/proto_time.h"
#include "controller/store/rollout_status.h"

namespace rollout::view {
namespace {

decide::HostLimit ToLimit(const v1::HostLimit& limit) {
  return limit.value_case() == v1::HostLimit::kPercent
             ? decide::HostLimit::Percent(limit.percent())
             : decide::HostLimit::Count(limit.count());
}

// Since when it has stood, if it did when it was last looked at: no clock has
// run since. One that is over waits for nothing; the clocks of hosts that join
// later run.
absl::Time WaitsSince(const v1::Rollout& rollout) {
  if (!store::IsUnderWay(rollout)) return absl::InfiniteFuture();
  for (const v1::Condition& condition : rollout.conditions()) {
    if (condition.type() != "Progressing" || condition.status()) continue;
    return FromProto(condition.changed());
  }
  return absl::InfiniteFuture();
}

decide::CanaryStep ToView(const v1::CanaryStep& step) {
  return {ToLimit(step.hosts()), static_cast<int>(step.weight()),
          FromProto(step.bake()), step.approval() > v1::CanaryStep::NONE};
}

}  // namespace

absl::Time Past(absl::Time stored, const Moment& moment) {
  if (stored <= moment.now) return stored;
  return stored <= moment.now + kClockSlack ? moment.now : moment.started;
}

decide::RolloutView ToView(const v1::Rollout& rollout, const Moment& moment) {
  decide::RolloutView view;
  view.number = rollout.number();
  view.revision = rollout.revision();
  view.stable_revision = rollout.stable_revision();
  view.phase = ToPhase(rollout.phase());
  view.paused = rollout.paused();
  view.aborted = rollout.reason() == "Aborted" ||
                 rollout.reason() == "Rejected" ||
                 rollout.reason() == "Reverted";
  view.progressed = Past(FromProto(rollout.progressed()), moment);
  view.steps_done = rollout.steps_done();
  if (rollout.step().has_reached()) {
    view.step_reached = Past(FromProto(rollout.step().reached()), moment);
  }
  view.promoted = rollout.step().promoted();
  view.approved = rollout.step().has_approval();
  view.waiting_since = WaitsSince(rollout);
  const bool waits = view.waiting_since < absl::InfiniteFuture();
  if (waits) view.waiting_since = Past(view.waiting_since, moment);
  view.running_since =
      waits ? moment.now
            : std::max(Past(store::RunningSince(rollout), moment),
                       moment.started);
  view.unpaused_since =
      std::max(Past(store::UnpausedSince(rollout), moment), moment.started);
  return view;
}

decide::HostView ToView(const std::string& plan, const HostFacts& facts) {
  decide::HostView view;
  view.name = facts.info.name();
  view.connected = facts.connected;
  view.reported = facts.reported;
  view.lease_over = facts.lease_over;
  auto found = facts.generations.find(plan);
  if (found != facts.generations.end()) view.generations = found->second;
  return view;
}

decide::StrategyView ToView(const v1::PlanSpec& spec) {
  const v1::Strategy& strategy = spec.strategy();
  decide::StrategyView view;
  // Which of its hosts would fall back, nobody knows before.
  const bool takes_turns = spec.service().handover() == v1::EXCLUSIVE ||
                           spec.service().fallback() == v1::EXCLUSIVE;
  view.max_surge =
      takes_turns ? decide::HostLimit::Count(0) : ToLimit(strategy.max_surge());
  view.max_unavailable = ToLimit(strategy.max_unavailable());
  if (strategy.has_max_overlap()) {
    view.max_overlap = ToLimit(strategy.max_overlap());
  }
  view.min_ready = FromProto(strategy.min_ready());
  view.host_deadline = FromProto(strategy.host_deadline());
  view.progress_deadline = FromProto(strategy.progress_deadline());
  view.keep_warm = FromProto(strategy.keep_warm());
  view.auto_rollback = strategy.auto_rollback();
  view.retries = static_cast<int>(strategy.retries());
  view.failure_tolerance = ToLimit(strategy.failure_tolerance());
  for (const v1::CanaryStep& step : strategy.steps()) {
    view.steps.push_back(ToView(step));
    // Where one version has all connections: such a template may have come by
    // an undo.
    if (takes_turns || spec.service().handover() == v1::SIGNAL) {
      view.steps.back().weight = decide::kWholeWeight;
    }
  }
  return view;
}

decide::Phase ToPhase(v1::RolloutPhase phase) {
  switch (phase) {
    case v1::PROGRESSING:
      return decide::Phase::kProgressing;
    case v1::ROLLING_BACK:
      return decide::Phase::kRollingBack;
    case v1::COMPLETE:
      return decide::Phase::kComplete;
    case v1::ROLLED_BACK:
      return decide::Phase::kRolledBack;
    case v1::ABORTED:
      return decide::Phase::kAborted;
    case v1::SUPERSEDED:
      return decide::Phase::kSuperseded;
    default:
      return decide::Phase::kFailed;
  }
}

v1::RolloutPhase FromPhase(decide::Phase phase) {
  switch (phase) {
    case decide::Phase::kProgressing:
      return v1::PROGRESSING;
    case decide::Phase::kRollingBack:
      return v1::ROLLING_BACK;
    case decide::Phase::kComplete:
      return v1::COMPLETE;
    case decide::Phase::kRolledBack:
      return v1::ROLLED_BACK;
    case decide::Phase::kAborted:
      return v1::ABORTED;
    case decide::Phase::kFailed:
      return v1::FAILED;
    case decide::Phase::kSuperseded:
      return v1::SUPERSEDED;
  }
  return v1::ROLLOUT_PHASE_UNSPECIFIED;
}

}  // namespace rollout::view
