// SPDX-License-Identifier: Apache-2.0
//
// Plans that are about to be applied, against the hosts there are and the plans
// there are: what no manifest shows by itself. Pure, safe from any thread.

#ifndef CONTROLLER_API_FLEET_CHECK_H_
#define CONTROLLER_API_FLEET_CHECK_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::api {

struct PlanUnderCheck {
  std::string name;
  v1::PlanSpec spec;
  // Is about to be applied; false: is there already and stays.
  bool is_new = true;
  // So are its steps and limits and the hosts they are of; false: they were
  // accepted once, and the fleet has grown or shrunk since.
  bool has_new_steps = true;
  // Of its manifest, "FILE:LINE:COLUMN"; empty: there is none.
  std::string place = "";
};

// By the plan's name, what the user should know though nothing is wrong.
using Warnings = std::map<std::string, std::vector<std::string>>;

// Replaces host values for every host a plan selects. FailedPrecondition, a
// line for each plan with its place, what is wrong and what to do: a host lacks
// a label that is used, an endpoint's address comes out as none, a new plan and
// another claim one endpoint on one host, or new steps share the connections of
// more hosts than may be in change.
absl::StatusOr<Warnings> CheckAgainstFleet(
    const std::vector<PlanUnderCheck>& plans,
    const std::vector<v1::HostInfo>& hosts);

}  // namespace rollout::api

#endif  // CONTROLLER_API_FLEET_CHECK_H_
