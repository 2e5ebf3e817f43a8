// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_changes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/store/revision_id.h"

namespace rollout::gitops {
namespace {

bool Same(const v1::PlanSpec& a, const v1::PlanSpec& b) {
  return store::CanonicalBytes(a) == store::CanonicalBytes(b);
}

// Another source that is still there says what this plan is.
bool IsOfAnother(const store::PlanRecord& record, const CommitSource& source,
                 const Surroundings& surroundings) {
  const std::string& owner = record.declaration().origin().source();
  return record.has_declaration() && owner != source.name &&
         surroundings.sources.count(owner) != 0;
}

// Whether the repository says something else of the plan than before, or it is
// to be healed.
bool IsToBeApplied(const StoredPlan& stored, const CommitSource& source,
                   const v1::PlanSpec& spec, const v1::Origin& origin) {
  const v1::Origin& before = stored.record.declaration().origin();
  if (before.source() != origin.source() || before.path() != origin.path() ||
      before.sha256_from() != origin.sha256_from() ||
      !Same(stored.record.declaration().spec(), spec)) {
    return true;
  }
  return source.policy.self_heal && !stored.declared_failed &&
         !Same(stored.record.plan().spec(), spec);
}

}  // namespace

CommitChanges ChangesOf(const CommitSource& source, const v1::Commit& commit,
                        const std::vector<manifest::ParsedPlan>& plans,
                        const Surroundings& surroundings) {
  CommitChanges changes;
  std::set<std::string> declared;
  for (const manifest::ParsedPlan& plan : plans) {
    declared.insert(plan.name);
    v1::Origin origin;
    origin.set_source(source.name);
    *origin.mutable_commit() = commit;
    origin.set_path(plan.place.path);
    v1::PlanSpec spec = plan.spec;
    origin.set_sha256_from(spec.service().artifact().sha256_from());
    if (!origin.sha256_from().empty()) {
      spec.mutable_service()->mutable_artifact()->clear_sha256_from();
    }
    auto stored = surroundings.plans.find(plan.name);
    if (stored != surroundings.plans.end()) {
      const StoredPlan& there = stored->second;
      if (IsOfAnother(there.record, source, surroundings)) {
        changes.errors.push_back(absl::StrCat(
            manifest::ToString(plan.place), ": plan \"", plan.name,
            "\" is source \"", there.record.declaration().origin().source(),
            "\"'s: give this one another name, or take it out there first"));
        continue;
      }
      if (!IsToBeApplied(there, source, spec, origin)) continue;
    }
    changes.applied.push_back({plan.name, std::move(spec), std::move(origin)});
  }
  for (const auto& [name, stored] : surroundings.plans) {
    if (declared.count(name) == 0 && !stored.record.has_removal() &&
        stored.record.declaration().origin().source() == source.name) {
      changes.removed.push_back(name);
    }
  }
  return changes;
}

}  // namespace rollout::gitops
