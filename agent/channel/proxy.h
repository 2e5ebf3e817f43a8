// SPDX-License-Identifier: Apache-2.0
//
// The host's end of a proxied connection: between a channel and a generation.

#ifndef AGENT_CHANNEL_PROXY_H_
#define AGENT_CHANNEL_PROXY_H_

#include "absl/status/status.h"
#include "agent/link/channel.h"
#include "base/unique_fd.h"

namespace rollout::channel {

// Serves the channel until it is over. `connection` is a socket that connects
// or has connected. Blocks; the channel may be cancelled.
//
// An error: there is no connection; the operator is to be told.
absl::Status Proxy(UniqueFd connection, link::Channel& channel);

}  // namespace rollout::channel

#endif  // AGENT_CHANNEL_PROXY_H_
