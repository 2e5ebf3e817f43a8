// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/hold.h"

#include <utility>

#include "agent/shim/endpoint_group.h"
#include "agent/shim/socket_facts.h"

namespace rollout::shim {

absl::Status Hold::Prepare() {
  if (!QueuesMove()) {
    return absl::FailedPreconditionError(
        "queued connections do not move on this host "
        "(net.ipv4.tcp_migrate_req is off or unknown, it came with Linux "
        "5.14), so clients can't wait for a service that runs once at a time: "
        "set it to 1");
  }
  return groups_.JoinHolders();
}

uint64_t Hold::Switch(uint64_t since_ns) {
  return std::exchange(since_ns_, since_ns);
}

uint32_t Hold::Held() const { return groups_.Queued(EndpointGroup::kHolder); }

void Hold::LetGo(bool to_nobody) {
  if (to_nobody) groups_.CutQueue(EndpointGroup::kHolder);
  groups_.Leave(EndpointGroup::kHolder);
  groups_.CutAbandonedHolders();
  groups_.CloseLeaving();
}

}  // namespace rollout::shim
