// SPDX-License-Identifier: Apache-2.0
//
// An apply, from manifests to what the store is asked to write.

#ifndef CONTROLLER_API_APPLY_H_
#define CONTROLLER_API_APPLY_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "controller/api/fleet_check.h"
#include "controller/fleet/fleet.h"
#include "controller/manifest/manifest.h"
#include "controller/store/catalog.h"
#include "controller/store/plan_operations.h"
#include "proto/rollout/v1/operator_service.pb.h"

namespace rollout::api {

struct CheckedApply {
  std::vector<store::NamedSpec> specs;
  Warnings warnings;
};

// Parses and checks everything; changes nothing. InvalidArgument: the
// manifests' errors, a line each. Else as CheckAgainstFleet. Any thread.
absl::StatusOr<CheckedApply> CheckApply(const v1::ApplyRequest& request,
                                        const store::Catalog& catalog,
                                        const fleet::Fleet& fleet);

// That the plan may take this spec on, by the hosts and the other plans there
// are. As CheckAgainstFleet. Any thread.
absl::Status CheckSpec(const store::NamedSpec& named,
                       const store::Catalog& catalog,
                       const fleet::Fleet& fleet);

// The same of all plans of a commit together.
absl::Status CheckPlans(const std::vector<manifest::ParsedPlan>& plans,
                        const store::Catalog& catalog,
                        const fleet::Fleet& fleet);

// What an apply of this would answer now; changes nothing. As CheckApply and
// PlanOperations::TryApply. Any thread.
absl::StatusOr<v1::ApplyResponse> TryApply(
    const v1::ApplyRequest& request, const store::Catalog& catalog,
    const fleet::Fleet& fleet, const store::PlanOperations& operations);

// The answer to the operator.
v1::ApplyResponse MakeApplyResponse(const std::vector<store::Applied>& applied,
                                    const Warnings& warnings);

}  // namespace rollout::api

#endif  // CONTROLLER_API_APPLY_H_
