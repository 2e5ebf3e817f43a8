// SPDX-License-Identifier: Apache-2.0
//
// How many clients are connected to a generation. Old and new share address and
// port, so the connections are told apart by who holds their descriptors.

#ifndef AGENT_SHIM_CONNECTIONS_H_
#define AGENT_SHIM_CONNECTIONS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/shim/proc_fs.h"
#include "base/net_address.h"

namespace rollout::shim {

// Accepted connections of the endpoints that `processes` hold, from the
// kernel's list of all sockets. One that is being accepted at this instant may
// be missed. Unavailable: there is no list.
absl::StatusOr<uint32_t> CountConnections(
    const std::vector<NetAddress>& endpoints,
    const std::vector<ProcessEntry>& processes);

// Whether that count is above zero. Asks the sockets that the processes hold
// and stops at the first connection: as fast as they are few, where the list
// takes 0.1 s and more on a host with many connections in TIME_WAIT. Where
// descriptors can't be copied (CopyDescriptor) it counts.
absl::StatusOr<bool> HoldConnections(
    const std::vector<NetAddress>& endpoints,
    const std::vector<ProcessEntry>& processes);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CONNECTIONS_H_
