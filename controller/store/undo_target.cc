// SPDX-License-Identifier: Apache-2.0

#include "controller/store/undo_target.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "controller/store/rollout_status.h"

namespace rollout::store {
namespace {

// The revision of the newest completed rollout that is not `current`.
std::optional<v1::Revision> RevisionBefore(const Catalog& catalog,
                                           const std::string& plan,
                                           const std::string& current) {
  for (const v1::Rollout& rollout : catalog.Rollouts(plan)) {
    if (rollout.phase() != v1::COMPLETE || rollout.revision() == current) {
      continue;
    }
    auto revision = catalog.FindRevision(plan, rollout.revision());
    if (revision) return revision;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<v1::Revision> RevisionToUndoTo(const Catalog& catalog,
                                              const v1::Rollout& rollout,
                                              int64_t number) {
  const std::string& plan = rollout.plan();
  std::string current = DestinationOf(rollout);
  if (number == 0) {
    auto before = RevisionBefore(catalog, plan, current);
    if (before) return *before;
    return absl::FailedPreconditionError(absl::StrCat(
        plan, " has no completed revision before this one to go back to"));
  }
  for (const v1::Revision& revision : catalog.Revisions(plan)) {
    if (revision.number() != number) continue;
    if (revision.id() != current) return revision;
    return absl::FailedPreconditionError(absl::StrCat(
        plan, " is on revision ", number, " already: nothing to undo"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(plan, " has no revision ", number,
                   " (any more): 'rolloutctl get "
                   "revisions ",
                   plan, "' lists those that are kept"));
}

}  // namespace rollout::store
