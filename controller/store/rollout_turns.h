// SPDX-License-Identifier: Apache-2.0
//
// What operators make of a rollout under way: each says whether it may be, and
// changes the record. Used by PlanOperations.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_STORE_ROLLOUT_TURNS_H_
#define CONTROLLER_STORE_ROLLOUT_TURNS_H_

#include <string>

#include "absl/status/statusor.h"
#include "controller/store/plan_change.h"
#include "controller/store/word.h"

namespace rollout::store {

// Each returns the reason of the event that tells of it. FailedPrecondition:
// the rollout is not in a state for it. PermissionDenied: it is not for this
// operator.

absl::StatusOr<std::string> PauseRollout(PlanChange& change, const Word& word);
absl::StatusOr<std::string> ResumeRollout(PlanChange& change, const Word& word);
absl::StatusOr<std::string> AbortRollout(PlanChange& change, const Word& word);

// Another rollout to what the plan says; the newest one came to a bad end.
absl::StatusOr<std::string> RetryRollout(PlanChange& change, const Word& word);

// The spec that goes to the stable revision has been applied meanwhile.
void RevertRollout(PlanChange& change, const Word& word);

// Ends the bake of the canary step it is at.
absl::StatusOr<std::string> PromoteStep(PlanChange& change, const Word& word);
// Ends all canary steps; none of them may ask for an approval it has not.
absl::StatusOr<std::string> PromoteFully(PlanChange& change, const Word& word);

// Of the canary step it is at, which asks for it and whose hosts are there:
// what is said twice is not taken for the next step's.
absl::StatusOr<std::string> ApproveStep(PlanChange& change, const Word& word);
absl::StatusOr<std::string> RejectStep(PlanChange& change, const Word& word);

// It goes on where hosts are frozen.
absl::StatusOr<std::string> OverrideFreeze(PlanChange& change,
                                           const Word& word);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_ROLLOUT_TURNS_H_
