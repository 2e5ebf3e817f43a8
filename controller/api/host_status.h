// SPDX-License-Identifier: Apache-2.0
//
// One host of a plan in a word, for people: what was asked of it and what it
// says, put together. Pure, safe from any thread.

#ifndef CONTROLLER_API_HOST_STATUS_H_
#define CONTROLLER_API_HOST_STATUS_H_

#include "absl/time/time.h"
#include "controller/decide/why.h"
#include "controller/fleet/fleet.h"
#include "controller/store/record.pb.h"
#include "proto/rollout/v1/operator_service.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::api {

// All borrowed for the call.
struct HostOfPlan {
  // The plan's, without hosts.
  const v1::PlanStatus& status;
  const fleet::HostSnapshot& host;
  // Null: it has never been given one.
  const store::AssignmentRecord* assignment;
  // What holds it back.
  const decide::HostWhy& why;
  absl::Time now;
};

// The states, by the first that holds:
//
//   Disconnected   is not connected, or has not reported to this controller
//   Removing       the plan is being removed, and it has not ended its service
//   Removed        the plan is being removed, and it has
//   Pending        its turn has not come, or it has gone nowhere yet
//   Failed         the generation that was asked for has failed
//   RollingBack    is on its way back to the stable revision
//   Fetching       gets the artifact
//   Starting       runs the new generation, which is not ready
//   Ready          the new generation is ready; no client reaches it yet
//   Serving        the clients reach what was asked for; it is not settled, or
//                  is not the rollout's revision
//   Updated        serves the rollout's revision and counts as done
//
// The reason is why it failed, or goes back; else what holds it back.
v1::PlanHostStatus MakeHostStatus(const HostOfPlan& input);

}  // namespace rollout::api

#endif  // CONTROLLER_API_HOST_STATUS_H_
