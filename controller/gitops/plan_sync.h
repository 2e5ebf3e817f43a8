// SPDX-License-Identifier: Apache-2.0
//
// How one plan stands to what its source says of it, and a source to its
// repository.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_GITOPS_PLAN_SYNC_H_
#define CONTROLLER_GITOPS_PLAN_SYNC_H_

#include <optional>
#include <string>
#include <vector>

#include "controller/store/record.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "proto/rollout/v1/source.pb.h"

namespace rollout::gitops {

// What is stored of a plan that a source declares, or did.
struct PlanInStore {
  std::string name;
  // Nullopt: there is no such plan any more.
  std::optional<store::PlanRecord> record;
  // Newest first.
  std::vector<v1::Rollout> rollouts;
};

// The newest of `rollouts` to what the plan's source declares, if it has come
// to a bad end; null: it has not, or there is none. Lives as long as `plan`.
const v1::Rollout* FailedRollout(const PlanInStore& plan);

// `source`: how far it has been followed; empty: its record is not there yet.
v1::PlanSync SyncOf(const PlanInStore& plan, const store::SourceRecord& source);

}  // namespace rollout::gitops

#endif  // CONTROLLER_GITOPS_PLAN_SYNC_H_
