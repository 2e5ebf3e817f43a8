// SPDX-License-Identifier: Apache-2.0
//
// What the engine remembers of the hosts: the fleet's snapshots in the values
// decide works with, brought up to date one host at a time.

#ifndef CONTROLLER_VIEW_HOST_FACTS_H_
#define CONTROLLER_VIEW_HOST_FACTS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/view.h"
#include "controller/fleet/fleet.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::view {

struct HostFacts {
  v1::HostInfo info;
  bool connected = false;
  bool reported = false;
  bool lease_over = false;
  // When the observation came in, on the monotonic clock.
  absl::Duration observed_at;
  // By plan, as observed; messages cut to 1 KiB.
  std::map<std::string, std::vector<decide::GenerationView>> generations;
};

// Plans select both or neither of them.
bool HasSameLabels(const v1::HostInfo& a, const v1::HostInfo& b);

// `uptime` is now, on the monotonic clock.
HostFacts ToFacts(const fleet::HostSnapshot& snapshot, absl::Duration uptime);

}  // namespace rollout::view

#endif  // CONTROLLER_VIEW_HOST_FACTS_H_
