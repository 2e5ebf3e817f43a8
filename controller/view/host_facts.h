// SPDX-License-Identifier: Apache-2.0
//
// What the engine remembers of the hosts: the fleet's snapshots in the values
// decide works with, brought up to date one host at a time.

#ifndef CONTROLLER_VIEW_HOST_FACTS_H_
#define CONTROLLER_VIEW_HOST_FACTS_H_

#include <cstdint>
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
  bool takes_removals = false;
  // When the observation came in, on the monotonic clock.
  absl::Duration observed_at;
  // By plan, of every service that it has, as observed; messages cut to 1 KiB.
  std::map<std::string, std::vector<decide::GenerationView>> generations;
  // By plan, of services that it has no more: for which removal it ended them.
  std::map<std::string, int64_t> ended;
};

// It says so; running or not.
bool HasService(const HostFacts& facts, const std::string& plan);

// Nothing of it is left there, by the removal of that number.
bool HasEnded(const HostFacts& facts, const std::string& plan, int64_t removal);

// Plans select both or neither of them.
bool HasSameLabels(const v1::HostInfo& a, const v1::HostInfo& b);

// `uptime` is now, on the monotonic clock.
HostFacts ToFacts(const fleet::HostSnapshot& snapshot, absl::Duration uptime);

}  // namespace rollout::view

#endif  // CONTROLLER_VIEW_HOST_FACTS_H_
