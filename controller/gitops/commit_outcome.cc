// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/commit_outcome.h"

#include "absl/strings/str_cat.h"

namespace rollout::gitops {
namespace {

// The plan's newest rollout, where that commit has started it; null: it has
// not.
const v1::Rollout* RolloutOf(const PlanInStore& plan,
                             const std::string& commit) {
  if (plan.rollouts.empty()) return nullptr;
  const v1::Rollout& newest = plan.rollouts.front();
  return newest.cause().origin().commit().id() == commit ? &newest : nullptr;
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::optional<CommitStatus> OutcomeOf(const std::string& source,
                                      const store::SourceRecord& record,
                                      const std::vector<PlanInStore>& plans) {
  if (!record.has_seen()) return std::nullopt;
  CommitStatus status;
  status.source = source;
  status.commit = record.seen().id();
  if (!record.refusal().empty()) {
    status.state = CommitState::kFailure;
    status.description = FirstLine(record.refusal());
    return status;
  }
  int started = 0;
  int complete = 0;
  for (const PlanInStore& plan : plans) {
    const v1::Rollout* rollout = RolloutOf(plan, status.commit);
    if (rollout == nullptr) continue;
    ++started;
    if (rollout->phase() == v1::COMPLETE) {
      ++complete;
    } else if (rollout->phase() != v1::PROGRESSING) {
      status.state = CommitState::kFailure;
      status.description = absl::StrCat(plan.name, ": ", rollout->reason(),
                                        ": ", FirstLine(rollout->message()));
      return status;
    }
  }
  if (started == 0) {
    status.state = CommitState::kSuccess;
    status.description = "applied; no service changed";
    return status;
  }
  status.state =
      complete == started ? CommitState::kSuccess : CommitState::kPending;
  status.description =
      absl::StrCat(complete, " of ", started, " rollouts complete");
  return status;
}

}  // namespace rollout::gitops
