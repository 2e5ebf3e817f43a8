// SPDX-License-Identifier: Apache-2.0
//
// A plan's removal as its record has it: what begins one, and what is refused
// to a plan on its way out. What is done about it is controller/reconcile's.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_STORE_REMOVAL_H_
#define CONTROLLER_STORE_REMOVAL_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/store/plan_change.h"
#include "controller/store/record.pb.h"
#include "controller/store/word.h"

namespace rollout::store {

// FailedPrecondition: the plan is being removed; nothing else is done to it.
absl::Status CheckStays(const PlanRecord& plan);

// Begins the removal of the plan, which exists, or gives up on the hosts that
// an earlier one with `stop` waits for. Returns what follows, in a sentence;
// empty: just that was asked for before. FailedPrecondition: `stop` comes too
// late, hosts are let go already.
absl::StatusOr<std::string> RemovePlan(PlanChange& change, bool stop,
                                       const Word& word);

// Which removal of a plan of this name it is, as ServiceRemoval.number; 0:
// none.
int64_t RemovalNumber(const PlanRecord& plan);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_REMOVAL_H_
