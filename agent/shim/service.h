// SPDX-License-Identifier: Apache-2.0
//
// The shim's state and the requests that change it: the generations of one
// service. Decides nothing; it refuses what would harm a client.

#ifndef AGENT_SHIM_SERVICE_H_
#define AGENT_SHIM_SERVICE_H_

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/arrivals.h"
#include "agent/shim/control.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/generation.h"
#include "agent/shim/hold.h"
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
  absl::Status SetWeights(const v1::SetWeightsRequest& request);
  absl::Status BeginHold();
  absl::Status Drain(const v1::DrainRequest& request);
  absl::Status Kill(const v1::KillRequest& request);
  absl::Status Forget(const v1::ForgetRequest& request);
  absl::Status Shutdown();

  absl::StatusOr<Generation*> Find(uint64_t number);
  // All at once, or nothing; a generation that is not named has no weight.
  // `held_since_ns`: of a hold; 0: none.
  absl::Status Reweigh(std::map<uint64_t, uint32_t> weights,
                       uint64_t held_since_ns);
  void EndHold(uint64_t since_ns);
  absl::Status CheckCanServe(const Generation& generation) const;

  const uint32_t mark_base_;
  EpollLoop& loop_;
  OutputFile output_;
  EndpointGroups groups_;
  Hold hold_;
  // After what its members refer to.
  Generations generations_;
  Lifecycle lifecycle_;
  Arrivals arrivals_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SERVICE_H_
