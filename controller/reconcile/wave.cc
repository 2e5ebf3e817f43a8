// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/wave.h"

#include <utility>

#include "base/proto_time.h"
#include "controller/reconcile/rollout_record.h"
#include "controller/store/attempt.h"
#include "controller/store/keys.h"
#include "controller/store/revision_id.h"
#include "controller/store/rollout_status.h"

namespace rollout::reconcile {
namespace {

using decide::Decision;
using decide::PlanView;
using decide::StepKind;

// An assignment is a few hundred bytes, so bytes never are the limit.
constexpr size_t kHostsInPart = store::kMaxOperations;

// The host's deadline runs from now.
bool Begins(StepKind kind, const decide::HostView& host) {
  // From the share of one canary step to that of the next.
  if (kind == StepKind::kShift) return host.settled;
  return decide::Begins(kind);
}

// What no cordoned or frozen host is asked for.
bool IsHeld(StepKind kind) {
  return kind == StepKind::kEquip || kind == StepKind::kBringIn ||
         kind == StepKind::kShift;
}

store::AssignmentRecord ToRecord(const std::string& plan, const PlanView& view,
                                 StepKind kind,
                                 const decide::HostAction& action) {
  const decide::HostView& host = view.hosts[action.host];
  store::AssignmentRecord record;
  record.set_plan(plan);
  record.set_host(host.name);
  for (const decide::WeightedRevision& weighted : action.revisions) {
    v1::WeightedRevision* revision = record.add_revisions();
    revision->set_revision(weighted.revision);
    revision->set_weight(weighted.weight);
    revision->set_attempt(store::ToNumber({weighted.attempt, weighted.retry}));
  }
  const bool settles = kind == StepKind::kSettle;
  const bool begins = Begins(kind, host);
  *record.mutable_began() = ToProto(begins ? view.now : host.began);
  const bool stays = settles || kind == StepKind::kTolerate;
  *record.mutable_changed() = ToProto(stays ? host.changed : view.now);
  if (settles || (host.settled && !begins)) {
    *record.mutable_settled() = ToProto(view.now);
  }
  record.set_failed(kind == StepKind::kTolerate ||
                    (host.failed && !begins && !settles));
  return record;
}

void AddParts(const std::string& plan, const PlanView& view,
              const decide::Step& step, Wave* wave) {
  for (size_t i = 0; i < step.actions.size(); ++i) {
    if (i % kHostsInPart == 0) wave->parts.emplace_back();
    Part& part = wave->parts.back();
    store::AssignmentRecord record =
        ToRecord(plan, view, step.kind, step.actions[i]);
    part.transaction.puts.push_back({store::AssignmentKey(plan, record.host()),
                                     record.SerializeAsString()});
    // What is assigned stays.
    if (step.kind == StepKind::kSettle || step.kind == StepKind::kTolerate) {
      continue;
    }
    part.hosts.push_back(record.host());
  }
}

}  // namespace

Wave MakeWave(const DecidedOn& records, const PlanView& view,
              const Decision& decision) {
  const store::PlanState& state = records.state;
  const v1::Rollout& before = state.rollout.record;
  const std::string& plan = before.plan();
  Wave wave;
  AddParts(plan, view, decision.step, &wave);
  wave.rollout = Updated(before, view, decision);
  wave.events = EventsOf(before, wave.rollout, view, decision);
  wave.ended = store::IsUnderWay(before) && !store::IsUnderWay(wave.rollout);
  if (store::CanonicalBytes(before) != store::CanonicalBytes(wave.rollout)) {
    Part part;
    part.transaction.puts.push_back({store::RolloutKey(plan, before.number()),
                                     wave.rollout.SerializeAsString()});
    if (wave.ended && wave.rollout.phase() == v1::COMPLETE) {
      store::PlanRecord record = state.plan.record;
      record.set_stable_revision(wave.rollout.revision());
      part.transaction.puts.push_back(
          {store::PlanKey(plan), record.SerializeAsString()});
    }
    wave.parts.push_back(std::move(part));
  }
  for (Part& part : wave.parts) {
    part.transaction.comparisons = {
        {store::PlanKey(plan), state.plan.mod_revision},
        {store::RolloutKey(plan, before.number()), state.rollout.mod_revision}};
    if (!part.hosts.empty() && IsHeld(decision.step.kind)) {
      part.transaction.comparisons.push_back(
          {store::kHoldsKey, records.holds_revision});
    }
  }
  return wave;
}

}  // namespace rollout::reconcile
