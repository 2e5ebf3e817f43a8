// SPDX-License-Identifier: Apache-2.0
//
// The shim's state and the requests that change it: the generations of one
// service. Decides nothing; it refuses what would harm a client.

#ifndef AGENT_SHIM_SERVICE_H_
#define AGENT_SHIM_SERVICE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/control.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/lifecycle.h"
#include "agent/shim/output.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// Not thread-safe.
class Service : public ControlHandler {
 public:
  // `loop` must outlive this; Shutdown stops it.
  Service(uint32_t mark_base, EpollLoop& loop);

  absl::Status Handle(const v1::Request& request) override;
  v1::Status Snapshot() const override;

  // After SIGCHLD: takes the statuses of all children that have ended.
  void ReapChildren();

 private:
  absl::Status Start(const v1::StartRequest& request);
  absl::Status SetWeights(const v1::SetWeightsRequest& request);
  absl::Status Drain(const v1::DrainRequest& request);
  absl::Status Kill(const v1::KillRequest& request);
  absl::Status Forget(const v1::ForgetRequest& request);
  absl::Status Shutdown();

  absl::StatusOr<Generation*> Find(uint64_t number);
  absl::Status CheckCanServe(const Generation& generation) const;
  absl::Status LaunchAdded(Generation& generation);
  absl::Status WatchCalls(Generation& generation);
  static void NoteListening(Generation& generation);

  const uint32_t mark_base_;
  EpollLoop& loop_;
  OutputFile output_;
  EndpointGroups groups_;
  // After what its members refer to.
  Generations generations_;
  Lifecycle lifecycle_;
  uint64_t last_generation_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SERVICE_H_
