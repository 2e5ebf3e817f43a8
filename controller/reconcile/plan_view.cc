// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/plan_view.h"

#include <algorithm>
#include <utility>

#include "base/proto_time.h"
#include "controller/decide/canary.h"
#include "controller/manifest/host_selector.h"
#include "controller/store/rollout_status.h"

namespace rollout::reconcile {
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

// A time that lies ahead was stored before the wall clock was set back: what
// ran from it starts over.
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

decide::HostView ToView(const std::string& plan, const HostFacts& facts,
                        const Moment& moment) {
  decide::HostView view;
  view.name = facts.info.name();
  view.connected = facts.connected;
  view.reported = facts.reported;
  view.lease_over = facts.lease_over;
  auto found = facts.generations.find(plan);
  if (found == facts.generations.end()) return view;
  view.generations = found->second;
  view.observed_for = moment.uptime - facts.observed_at;
  return view;
}

void AddAssignment(const store::AssignmentRecord& record, const Moment& moment,
                   decide::HostView* view) {
  for (const v1::WeightedRevision& weighted : record.revisions()) {
    view->assigned.push_back({weighted.revision(),
                              static_cast<int>(weighted.weight()),
                              weighted.attempt()});
  }
  view->began = Past(FromProto(record.began()), moment);
  view->changed = Past(FromProto(record.changed()), moment);
  view->settled = record.has_settled();
  view->failed = record.failed();
}

void AddHold(const store::Holds& holds, const v1::Rollout& rollout,
             const v1::HostInfo& host, decide::HostView* view) {
  if (const v1::Cordon* cordon = holds.CordonOf(host.name())) {
    view->hold = decide::Hold::kCordoned;
    view->hold_message = store::TextOf(*cordon);
    return;
  }
  if (rollout.has_freeze_override()) return;
  if (const v1::Freeze* freeze = holds.FreezeOf(host)) {
    view->hold = decide::Hold::kFrozen;
    view->hold_message = store::TextOf(*freeze);
  }
}

decide::CanaryStep ToView(const v1::CanaryStep& step) {
  return {ToLimit(step.hosts()), static_cast<int>(step.weight()),
          FromProto(step.bake()), step.approval() > v1::CanaryStep::NONE};
}

// Without the label: one more value of it.
std::string LabelOf(const v1::HostInfo& host, const std::string& label) {
  auto found = host.labels().find(label);
  return found == host.labels().end() ? "" : found->second;
}

void SpreadHosts(const std::vector<std::string>& labels,
                 std::vector<decide::HostView>* hosts) {
  std::vector<decide::HostView> spread;
  spread.reserve(hosts->size());
  for (size_t i : decide::SpreadOrder(labels)) {
    spread.push_back(std::move((*hosts)[i]));
  }
  *hosts = std::move(spread);
}

}  // namespace

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

decide::PlanView MakePlanView(const PlanRecords& records,
                              const std::map<std::string, HostFacts>& hosts,
                              const Moment& moment) {
  const v1::Plan& plan = records.state.plan.record.plan();
  const v1::Rollout& rollout = records.state.rollout.record;
  const std::string& spread = plan.spec().strategy().spread();
  decide::PlanView view;
  view.now = moment.now;
  view.strategy = ToView(plan.spec());
  view.rollout = ToView(rollout, moment);
  std::vector<std::string> labels;
  // Both are sorted by host.
  auto assignment = records.assignments.begin();
  for (const auto& [name, facts] : hosts) {
    if (!manifest::Selects(plan.spec().hosts(), facts.info)) continue;
    view.hosts.push_back(ToView(plan.name(), facts, moment));
    AddHold(records.holds, rollout, facts.info, &view.hosts.back());
    if (!spread.empty()) labels.push_back(LabelOf(facts.info, spread));
    while (assignment != records.assignments.end() &&
           assignment->host() < name) {
      ++assignment;
    }
    if (assignment != records.assignments.end() && assignment->host() == name) {
      AddAssignment(*assignment, moment, &view.hosts.back());
    }
  }
  if (!spread.empty()) SpreadHosts(labels, &view.hosts);
  return view;
}

}  // namespace rollout::reconcile
