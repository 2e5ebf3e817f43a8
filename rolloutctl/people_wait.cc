// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/people_wait.h"

#include "absl/strings/str_cat.h"

namespace rollout::ctl {
namespace {

bool IsUnderWay(const v1::Rollout& rollout) {
  return rollout.phase() == v1::PROGRESSING ||
         rollout.phase() == v1::ROLLING_BACK;
}

// Why no host of it can begin; empty: one can.
std::string ReasonToStand(const v1::Rollout& rollout) {
  for (const v1::Condition& condition : rollout.conditions()) {
    if (condition.type() == "Progressing" && !condition.status()) {
      return condition.reason();
    }
  }
  return "";
}

}  // namespace

std::optional<PeopleWait> PeopleWaitOf(const v1::Rollout& rollout) {
  if (!IsUnderWay(rollout)) return std::nullopt;
  const std::string& plan = rollout.plan();
  if (rollout.paused()) {
    return PeopleWait{ExitCode::kWaitsForPerson,
                      absl::StrCat("is paused: go on with rolloutctl resume ",
                                   plan, ", or abort")};
  }
  const std::string reason = ReasonToStand(rollout);
  if (reason == "ApprovalRequired" && !rollout.step().has_approval()) {
    return PeopleWait{ExitCode::kWaitsForPerson,
                      absl::StrCat("waits for an approval: rolloutctl approve ",
                                   plan, ", or reject")};
  }
  if (reason == "Frozen" && !rollout.has_freeze_override()) {
    return PeopleWait{ExitCode::kDenied,
                      absl::StrCat("has only frozen hosts left to begin: "
                                   "rolloutctl unfreeze, or for this "
                                   "rollout alone rolloutctl unfreeze ",
                                   plan)};
  }
  return std::nullopt;
}

}  // namespace rollout::ctl
