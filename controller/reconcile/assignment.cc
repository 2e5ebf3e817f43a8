// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/assignment.h"

#include <utility>

#include "controller/store/revision_id.h"

namespace rollout::reconcile {
namespace {

void SetAdoption(const v1::Strategy& strategy, const std::string& host,
                 v1::ServiceAssignment* service) {
  if (!strategy.has_adopt()) return;
  if (strategy.adopt().hosts().empty()) service->mutable_adopt();
  for (const v1::AdoptingHost& adopting : strategy.adopt().hosts()) {
    if (adopting.name() != host) continue;
    service->mutable_adopt()->set_pid(adopting.pid());
  }
}

}  // namespace

std::optional<v1::ServiceAssignment> MakeServiceAssignment(
    const store::Catalog& catalog, const std::string& plan,
    const v1::PlanSpec& spec, const std::string& host) {
  auto record = catalog.FindAssignment(plan, host);
  if (!record) return std::nullopt;
  v1::ServiceAssignment service;
  service.set_plan(plan);
  SetAdoption(spec.strategy(), host, &service);
  if (spec.has_output()) *service.mutable_output() = spec.output();
  *service.mutable_revisions() = record->revisions();
  for (const v1::WeightedRevision& weighted : record->revisions()) {
    auto revision = catalog.FindRevision(plan, weighted.revision());
    if (revision) *service.add_templates() = *std::move(revision);
  }
  return service;
}

bool TellsOther(const v1::PlanSpec& before, const v1::PlanSpec& now) {
  const v1::Strategy& then = before.strategy();
  return then.has_adopt() != now.strategy().has_adopt() ||
         store::CanonicalBytes(then.adopt()) !=
             store::CanonicalBytes(now.strategy().adopt()) ||
         store::CanonicalBytes(before.output()) !=
             store::CanonicalBytes(now.output());
}

}  // namespace rollout::reconcile
