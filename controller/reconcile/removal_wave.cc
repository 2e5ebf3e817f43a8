// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/removal_wave.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/proto_time.h"
#include "controller/decide/removal.h"
#include "controller/store/keys.h"
#include "controller/view/removal_view.h"

namespace rollout::reconcile {
namespace {

// Beside these go the plan, and what its name leaves behind.
constexpr size_t kGoWithPlan = store::kMaxOperations - 2;

Part MakePart(const store::PlanState& state) {
  Part part;
  part.transaction.comparisons = {
      {store::PlanKey(state.plan.record.plan().name()),
       state.plan.mod_revision}};
  return part;
}

void Release(const store::PlanState& state, const decide::RemovalView& view,
             const std::vector<size_t>& hosts, Wave* wave) {
  const std::string& plan = state.plan.record.plan().name();
  for (size_t i = 0; i < hosts.size(); ++i) {
    if (i % store::kMaxOperations == 0) wave->parts.push_back(MakePart(state));
    const std::string& host = view.hosts[hosts[i]].name;
    Part& part = wave->parts.back();
    part.transaction.deletes.push_back(store::AssignmentKey(plan, host));
    part.hosts.push_back(host);
  }
}

// The newest rollout last: the plan is not read without it.
std::vector<std::string> KeysLeft(const store::Catalog& catalog,
                                  const std::string& plan) {
  std::vector<std::string> keys;
  for (const v1::Revision& revision : catalog.Revisions(plan)) {
    keys.push_back(store::RevisionKey(plan, revision.id()));
  }
  const std::vector<v1::Rollout> rollouts = catalog.Rollouts(plan);
  for (auto old = rollouts.rbegin(); old != rollouts.rend(); ++old) {
    keys.push_back(store::RolloutKey(plan, old->number()));
  }
  return keys;
}

v1::Event Gone(const store::PlanRecord& plan, absl::Time now) {
  v1::Event event;
  *event.mutable_time() = ToProto(now);
  event.set_severity(v1::Event::NORMAL);
  event.set_plan(plan.plan().name());
  event.set_reason("PlanRemoved");
  event.set_message(plan.removal().stop() ? "every host has ended its service"
                                          : "its services run on, orphaned");
  return event;
}

void RemovePlan(const store::Catalog& catalog, const store::PlanState& state,
                absl::Time now, Wave* wave) {
  const store::PlanRecord& record = state.plan.record;
  const std::string& plan = record.plan().name();
  const std::vector<std::string> keys = KeysLeft(catalog, plan);
  Part part = MakePart(state);
  std::vector<std::string>& deletes = part.transaction.deletes;
  deletes.assign(keys.begin(),
                 keys.begin() + std::min(keys.size(), kGoWithPlan));
  if (keys.size() <= kGoWithPlan) {
    deletes.push_back(store::PlanKey(plan));
    store::DeletedRecord left;
    left.set_last_rollout(record.last_rollout());
    left.set_last_revision(record.last_revision());
    part.transaction.puts.push_back(
        {store::DeletedKey(plan), left.SerializeAsString()});
    wave->events.push_back(Gone(record, now));
  }
  wave->parts.push_back(std::move(part));
}

}  // namespace

Wave MakeRemovalWave(const store::Catalog& catalog,
                     const store::PlanState& state,
                     const std::map<std::string, view::HostFacts>& hosts,
                     absl::Time now) {
  const store::PlanRecord& plan = state.plan.record;
  const decide::RemovalView view = view::MakeRemovalView(
      plan, catalog.Assignments(plan.plan().name()), hosts);
  const decide::RemovalDecision decision = decide::DecideRemoval(view);
  Wave wave;
  Release(state, view, decision.release, &wave);
  if (decision.finished) RemovePlan(catalog, state, now, &wave);
  return wave;
}

}  // namespace rollout::reconcile
