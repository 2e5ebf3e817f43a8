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
bool IsOfAnother(const store::PlanRecord& record, const SourceSettings& source,
                 const Surroundings& surroundings) {
  const std::string& owner = record.declaration().origin().source();
  return record.has_declaration() && owner != source.name &&
         surroundings.sources.count(owner) != 0;
}

bool IsToBeApplied(const StoredPlan& stored, const SourceSettings& source,
                   const manifest::ParsedPlan& plan, const std::string& path) {
  const store::Declaration& before = stored.record.declaration();
  if (!stored.record.has_declaration() ||
      before.origin().source() != source.name ||
      before.origin().path() != path || !Same(before.spec(), plan.spec)) {
    return true;
  }
  return source.policy.self_heal && !stored.declared_failed &&
         !Same(stored.record.plan().spec(), plan.spec);
}

}  // namespace

CommitChanges ChangesOf(const SourceSettings& source, const v1::Commit& commit,
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
      if (!IsToBeApplied(there, source, plan, origin.path())) continue;
    }
    changes.applied.push_back({plan.name, plan.spec, std::move(origin)});
  }
  for (const auto& [name, stored] : surroundings.plans) {
    if (declared.count(name) == 0 &&
        stored.record.declaration().origin().source() == source.name) {
      changes.removed.push_back(name);
    }
  }
  return changes;
}

}  // namespace rollout::gitops
