// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/plans_in_store.h"

#include <optional>
#include <utility>

#include "controller/store/revision_id.h"

namespace rollout::gitops {
namespace {

PlanInStore ToPlanInStore(const store::Catalog& catalog,
                          store::PlanState state) {
  PlanInStore plan;
  plan.name = state.plan.record.plan().name();
  const std::string declared =
      store::RevisionId(state.plan.record.declaration().spec().service());
  if (state.rollout.record.revision() == declared) {
    plan.rollouts.push_back(std::move(state.rollout.record));
  } else {
    // It went elsewhere since.
    plan.rollouts = catalog.Rollouts(plan.name);
  }
  plan.record = std::move(state.plan.record);
  return plan;
}

}  // namespace

PlanInStore ReadPlan(const store::Catalog& catalog, const std::string& name) {
  std::optional<store::PlanState> state = catalog.FindPlan(name);
  if (state) return ToPlanInStore(catalog, *std::move(state));
  PlanInStore plan;
  plan.name = name;
  return plan;
}

std::vector<PlanInStore> PlansOf(const std::string& source,
                                 const store::Catalog& catalog) {
  std::set<std::string> names;
  if (auto record = catalog.FindSource(source)) {
    for (const auto& plan : record->record.plans()) names.insert(plan.name());
  }
  for (const std::string& name : catalog.PlanNames()) {
    auto state = catalog.FindPlan(name);
    if (state && state->plan.record.declaration().origin().source() == source) {
      names.insert(name);
    }
  }
  std::vector<PlanInStore> plans;
  for (const std::string& name : names) {
    plans.push_back(ReadPlan(catalog, name));
  }
  return plans;
}

std::string KnownDigest(const store::Catalog& catalog,
                        const std::string& source, const std::string& plan,
                        const v1::Artifact& artifact) {
  std::optional<store::PlanState> state = catalog.FindPlan(plan);
  if (!state) return "";
  const store::Declaration& declared = state->plan.record.declaration();
  const v1::Artifact& before = declared.spec().service().artifact();
  const bool is_same =
      declared.origin().source() == source &&
      declared.origin().sha256_from() == artifact.sha256_from() &&
      before.url() == artifact.url();
  return is_same ? before.sha256() : "";
}

Surroundings ReadSurroundings(const store::Catalog& catalog,
                              std::set<std::string> sources) {
  Surroundings surroundings;
  surroundings.sources = std::move(sources);
  for (const std::string& name : catalog.PlanNames()) {
    PlanInStore plan = ReadPlan(catalog, name);
    if (!plan.record) continue;
    StoredPlan& stored = surroundings.plans[name];
    stored.declared_failed = FailedRollout(plan) != nullptr;
    stored.record = *std::move(plan.record);
  }
  return surroundings;
}

}  // namespace rollout::gitops
