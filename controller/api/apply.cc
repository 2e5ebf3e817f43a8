// SPDX-License-Identifier: Apache-2.0

#include "controller/api/apply.h"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "controller/api/adoption.h"
#include "controller/store/revision_id.h"

namespace rollout::api {
namespace {

v1::AppliedPlan::Change ToProtoChange(store::Applied::Change change) {
  switch (change) {
    case store::Applied::Change::kCreated:
      return v1::AppliedPlan::CREATED;
    case store::Applied::Change::kChanged:
      return v1::AppliedPlan::CHANGED;
    case store::Applied::Change::kUnchanged:
      return v1::AppliedPlan::UNCHANGED;
  }
  return v1::AppliedPlan::CHANGE_UNSPECIFIED;
}

std::vector<v1::HostInfo> HostInfos(const fleet::Fleet& fleet) {
  std::vector<v1::HostInfo> infos;
  for (fleet::HostSnapshot& host : fleet.Hosts()) {
    infos.push_back(std::move(host.info));
  }
  return infos;
}

bool HasNewSteps(const store::NamedSpec& named, const store::Catalog& catalog) {
  const std::optional<store::PlanState> state = catalog.FindPlan(named.plan);
  if (!state) return true;
  const v1::PlanSpec& stored = state->plan.record.plan().spec();
  return store::CanonicalBytes(named.spec.strategy()) !=
             store::CanonicalBytes(stored.strategy()) ||
         store::CanonicalBytes(named.spec.hosts()) !=
             store::CanonicalBytes(stored.hosts());
}

// What is about to be applied, beside all that stays. `places` are theirs, as
// far as they are known.
std::vector<PlanUnderCheck> WithOthers(
    const std::vector<store::NamedSpec>& specs,
    const std::vector<std::string>& places, const store::Catalog& catalog) {
  std::vector<PlanUnderCheck> plans;
  std::set<std::string> names;
  for (const store::NamedSpec& named : specs) {
    const size_t i = plans.size();
    plans.push_back({named.plan, named.spec, true, HasNewSteps(named, catalog),
                     i < places.size() ? places[i] : ""});
    names.insert(named.plan);
  }
  for (const std::string& name : catalog.PlanNames()) {
    if (names.count(name) != 0) continue;
    std::optional<store::PlanState> state = catalog.FindPlan(name);
    if (!state) continue;
    plans.push_back({name, state->plan.record.plan().spec(), false, false});
  }
  return plans;
}

absl::Status CheckHasDigest(const manifest::ParsedPlan& plan) {
  if (plan.spec.service().artifact().sha256_from().empty()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      ToString(plan.place), ": plan \"", plan.name,
      "\": artifact.sha256From is looked up in plans from Git alone: write "
      "sha256 here, which sha256sum FILE prints"));
}

}  // namespace

absl::StatusOr<CheckedApply> CheckApply(const v1::ApplyRequest& request,
                                        const store::Catalog& catalog,
                                        const fleet::Fleet& fleet) {
  std::vector<manifest::ManifestText> texts;
  for (const v1::ManifestFile& file : request.manifests()) {
    texts.push_back({file.path(), file.content()});
  }
  ASSIGN_OR_RETURN(std::vector<manifest::ParsedPlan> parsed,
                   manifest::ParseManifests(texts));
  CheckedApply checked;
  std::vector<std::string> places;
  for (manifest::ParsedPlan& plan : parsed) {
    RETURN_IF_ERROR(CheckHasDigest(plan));
    checked.specs.push_back({std::move(plan.name), std::move(plan.spec)});
    places.push_back(ToString(plan.place));
  }
  const std::vector<v1::HostInfo> hosts = HostInfos(fleet);
  if (request.has_adopt()) {
    RETURN_IF_ERROR(
        AddAdoption(request.adopt(), catalog, hosts, &checked.specs));
  }
  ASSIGN_OR_RETURN(
      checked.warnings,
      CheckAgainstFleet(WithOthers(checked.specs, places, catalog), hosts));
  return checked;
}

absl::Status CheckSpec(const store::NamedSpec& named,
                       const store::Catalog& catalog,
                       const fleet::Fleet& fleet) {
  return CheckAgainstFleet(WithOthers({named}, {}, catalog), HostInfos(fleet))
      .status();
}

absl::Status CheckPlans(const std::vector<manifest::ParsedPlan>& plans,
                        const store::Catalog& catalog,
                        const fleet::Fleet& fleet) {
  std::vector<store::NamedSpec> specs;
  std::vector<std::string> places;
  for (const manifest::ParsedPlan& plan : plans) {
    specs.push_back({plan.name, plan.spec});
    places.push_back(ToString(plan.place));
  }
  return CheckAgainstFleet(WithOthers(specs, places, catalog), HostInfos(fleet))
      .status();
}

absl::StatusOr<v1::ApplyResponse> TryApply(
    const v1::ApplyRequest& request, const store::Catalog& catalog,
    const fleet::Fleet& fleet, const store::PlanOperations& operations) {
  ASSIGN_OR_RETURN(CheckedApply checked, CheckApply(request, catalog, fleet));
  ASSIGN_OR_RETURN(std::vector<store::Applied> applied,
                   operations.TryApply(checked.specs));
  return MakeApplyResponse(applied, checked.warnings);
}

v1::ApplyResponse MakeApplyResponse(const std::vector<store::Applied>& applied,
                                    const Warnings& warnings) {
  v1::ApplyResponse response;
  for (const store::Applied& one : applied) {
    v1::AppliedPlan* plan = response.add_plans();
    plan->set_name(one.plan);
    plan->set_change(ToProtoChange(one.change));
    plan->set_revision(one.revision);
    plan->set_rollout(one.rollout);
    for (const std::string& warning : one.warnings) {
      plan->add_warnings(warning);
    }
    auto more = warnings.find(one.plan);
    if (more == warnings.end()) continue;
    for (const std::string& warning : more->second) {
      plan->add_warnings(warning);
    }
  }
  return response;
}

}  // namespace rollout::api
