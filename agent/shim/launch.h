// SPDX-License-Identifier: Apache-2.0
//
// Brings a generation to life: its FIFO, notify socket and listeners, then its
// process.

#ifndef AGENT_SHIM_LAUNCH_H_
#define AGENT_SHIM_LAUNCH_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/generation.h"
#include "agent/shim/generation_trees.h"
#include "agent/shim/notify_socket.h"
#include "agent/shim/output.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// A generation without a process. InvalidArgument names the field.
absl::StatusOr<std::unique_ptr<Generation>> MakeGeneration(
    const v1::StartRequest& request, EndpointGroups& groups);

// The same for one that runs already; it has no channels of ours.
absl::StatusOr<std::unique_ptr<Generation>> MakeAdopted(
    const v1::AdoptRequest& request, EndpointGroups& groups);

// The same for one that a shim before this one had.
absl::StatusOr<std::unique_ptr<Generation>> MakeAgain(
    const v1::StartRequest& request, Phase phase, EndpointGroups& groups);

// Whose READY=1 counts for it, and what that does. Both must outlive it.
NotifySocket::Owner NotifyOwner(Generation& generation,
                                const GenerationTrees& trees);

// Starts its process; `output` has its file. What it fills in `generation`
// refers to `loop` and `output`. On error there is no process, but listeners
// may have joined: leave the groups. The caller watches `generation.seccomp`.
absl::Status Launch(Generation& generation, const GenerationTrees& trees,
                    OutputFile& output, EpollLoop& loop);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_LAUNCH_H_
