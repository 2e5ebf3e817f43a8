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

// Accepted connections of the endpoints that `processes` hold. One that is
// being accepted at this instant may be missed: look twice.
absl::StatusOr<uint32_t> CountConnections(
    const std::vector<NetAddress>& endpoints,
    const std::vector<ProcessEntry>& processes);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CONNECTIONS_H_
