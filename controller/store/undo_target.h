// SPDX-License-Identifier: Apache-2.0
//
// Which revision an undo goes to. Used by PlanOperations.

#ifndef CONTROLLER_STORE_UNDO_TARGET_H_
#define CONTROLLER_STORE_UNDO_TARGET_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "controller/store/catalog.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::store {

// The kept revision of that number; 0: the one of the newest completed rollout
// that is not where the plan is or goes. `rollout` is the plan's newest.
// FailedPrecondition: there is none, or the plan is on it.
absl::StatusOr<v1::Revision> RevisionToUndoTo(const Catalog& catalog,
                                              const v1::Rollout& rollout,
                                              int64_t number);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_UNDO_TARGET_H_
