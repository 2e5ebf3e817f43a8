// SPDX-License-Identifier: Apache-2.0
//
// What a host is told of one plan.

#ifndef CONTROLLER_RECONCILE_ASSIGNMENT_H_
#define CONTROLLER_RECONCILE_ASSIGNMENT_H_

#include <optional>
#include <string>

#include "controller/store/catalog.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::reconcile {

// As stored: the host's assignment with the templates it names; and of the
// plan, whether to adopt, and how output is kept. None: the host has none of
// the plan's.
std::optional<v1::ServiceAssignment> MakeServiceAssignment(
    const store::Catalog& catalog, const std::string& plan,
    const v1::PlanSpec& spec, const std::string& host);

// Whether hosts are told something new when the plan's spec changes that no
// rollout brings them.
bool TellsOther(const v1::PlanSpec& before, const v1::PlanSpec& now);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_ASSIGNMENT_H_
