// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/assignment.h"

#include <utility>

#include "controller/store/removal.h"
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

ToldPlan ToTold(const store::PlanRecord& plan) {
  return {plan.plan().spec(),
          plan.removal().stop() ? store::RemovalNumber(plan) : 0};
}

bool TellsOther(const ToldPlan& before, const ToldPlan& now) {
  const v1::Strategy& was = before.spec.strategy();
  const v1::Strategy& is = now.spec.strategy();
  return before.removal != now.removal || was.has_adopt() != is.has_adopt() ||
         store::CanonicalBytes(was.adopt()) !=
             store::CanonicalBytes(is.adopt()) ||
         store::CanonicalBytes(before.spec.output()) !=
             store::CanonicalBytes(now.spec.output());
}

bool IsConcerned(const store::Catalog& catalog, const std::string& plan,
                 const view::HostFacts& host) {
  return view::HasService(host, plan) ||
         catalog.FindAssignment(plan, host.info.name());
}

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

v1::Assignment MakeAssignment(const store::Catalog& catalog,
                              const std::map<std::string, ToldPlan>& plans,
                              const view::HostFacts& host) {
  const std::string& name = host.info.name();
  v1::Assignment assignment;
  for (const auto& [plan, told] : plans) {
    if (told.removal != 0) {
      if (!IsConcerned(catalog, plan, host)) continue;
      v1::ServiceRemoval* removal = assignment.add_removals();
      removal->set_plan(plan);
      removal->set_number(told.removal);
    } else if (auto service =
                   MakeServiceAssignment(catalog, plan, told.spec, name)) {
      *assignment.add_services() = *std::move(service);
    }
  }
  return assignment;
}

}  // namespace rollout::reconcile
