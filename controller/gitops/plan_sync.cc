// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/plan_sync.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "controller/store/revision_id.h"

namespace rollout::gitops {
namespace {

// What it says of a plan that is not as it should be.
struct Finding {
  v1::SyncState state = v1::SYNCED;
  const char* reason = "Synced";
  std::string message;
};

bool HasFailed(const v1::Rollout& rollout) {
  switch (rollout.phase()) {
    case v1::ROLLING_BACK:
    case v1::ROLLED_BACK:
    case v1::ABORTED:
    case v1::FAILED:
      return true;
    default:
      return false;
  }
}

bool IsDeclared(const std::string& plan, const store::SourceRecord& source) {
  return std::any_of(source.plans().begin(), source.plans().end(),
                     [&plan](const auto& one) { return one.name() == plan; });
}

bool HasDrifted(const store::PlanRecord& record) {
  return store::CanonicalBytes(record.plan().spec()) !=
         store::CanonicalBytes(record.declaration().spec());
}

// The lines of a refusal that are about one file.
std::string ErrorsOf(const std::string& path, const std::string& refusal) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(refusal, '\n')) {
    if (absl::StartsWith(line, path + ":")) lines.emplace_back(line);
  }
  return absl::StrJoin(lines, "\n");
}

Finding FindingOf(const PlanInStore& plan, const store::SourceRecord& source,
                  const std::string& path) {
  if (!plan.record) {
    return {v1::OUT_OF_SYNC, "Deleted",
            "an operator deleted it: 'rolloutctl sync' makes it anew"};
  }
  if (plan.record->has_removal()) {
    return {v1::OUT_OF_SYNC, "Removing", "it is being deleted"};
  }
  if (std::string errors = ErrorsOf(path, source.refusal()); !errors.empty()) {
    return {v1::FAILED_TO_SYNC, "CommitRefused", std::move(errors)};
  }
  if (!IsDeclared(plan.name, source)) {
    return {v1::OUT_OF_SYNC, "Removed",
            "it is no longer in the repository: 'rolloutctl delete' removes "
            "it, its services go on until then"};
  }
  if (const v1::Rollout* failed = FailedRollout(plan)) {
    return {v1::OUT_OF_SYNC, "RolledBack",
            absl::StrCat("rollout ", failed->number(), " to it failed (",
                         failed->reason(), ": ", failed->message(),
                         "): it is not tried again until a commit changes the "
                         "plan, or 'rolloutctl retry'")};
  }
  if (HasDrifted(*plan.record)) {
    return {v1::OUT_OF_SYNC, "Drifted",
            "an operator changed it: commit the change, or apply what the "
            "repository has"};
  }
  return {};
}

}  // namespace

const v1::Rollout* FailedRollout(const PlanInStore& plan) {
  if (!plan.record) return nullptr;
  const std::string declared =
      store::RevisionId(plan.record->declaration().spec().service());
  for (const v1::Rollout& rollout : plan.rollouts) {
    if (rollout.revision() != declared) continue;
    return HasFailed(rollout) ? &rollout : nullptr;
  }
  return nullptr;
}

v1::PlanSync SyncOf(const PlanInStore& plan,
                    const store::SourceRecord& source) {
  v1::PlanSync sync;
  sync.set_plan(plan.name);
  if (plan.record) {
    const v1::Origin& origin = plan.record->declaration().origin();
    sync.set_source(origin.source());
    sync.set_path(origin.path());
  } else {
    for (const auto& declared : source.plans()) {
      if (declared.name() == plan.name) sync.set_path(declared.path());
    }
  }
  Finding finding = FindingOf(plan, source, sync.path());
  sync.set_state(finding.state);
  sync.set_reason(finding.reason);
  sync.set_message(std::move(finding.message));
  if (plan.record && HasDrifted(*plan.record)) {
    *sync.mutable_declared() = plan.record->declaration().spec();
    *sync.mutable_actual() = plan.record->plan().spec();
  }
  return sync;
}

}  // namespace rollout::gitops
