// SPDX-License-Identifier: Apache-2.0
//
// The shim's state and the requests that change it: the generations of one
// service. Decides nothing; it refuses what would harm a client.

#ifndef AGENT_SHIM_SERVICE_H_
#define AGENT_SHIM_SERVICE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/shim/arrivals.h"
#include "agent/shim/control.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/generation.h"
#include "agent/shim/hold.h"
#include "agent/shim/keeper.h"
#include "agent/shim/lifecycle.h"
#include "agent/shim/output.h"
#include "agent/shim/saved_descriptor.h"
#include "proto/shim/v1/saved_state.pb.h"
#include "proto/shim/v1/shim.pb.h"

namespace rollout::shim {

// Not thread-safe.
class Service : public ControlHandler {
 public:
  // `loop` and what is in `kept` must outlive this; Shutdown stops the loop.
  Service(uint32_t mark_base, const Kept& kept, EpollLoop& loop);

  // Takes up what a shim before this one has left, and steers as it did.
  void Resume(const v1::SavedState& saved, LeftDescriptors& left);
  // Keeps the state from now on, together with `rest`, which is none of its
  // own: before each answer, and whenever it is asked to.
  void KeepState(v1::SavedState rest);
  void SaveState();

  absl::Status Handle(const v1::Request& request) override;
  v1::Status Snapshot() const override;

  // The program to go on with, once the loop has stopped; empty: none.
  const std::string& next_program() const { return next_program_; }

  // After SIGCHLD, or the keeper's word: takes the statuses of all children
  // that have ended.
  void ReapChildren();

  // The agent has asked for the end.
  bool is_over() const { return is_over_; }

 private:
  absl::Status Carry(const v1::Request& request);
  void OnEnded(pid_t process, int exit_status);
  absl::Status SetWeights(const v1::SetWeightsRequest& request);
  absl::Status BeginHold();
  absl::Status Drain(const v1::DrainRequest& request);
  absl::Status Kill(const v1::KillRequest& request);
  absl::Status Forget(const v1::ForgetRequest& request);
  absl::Status Shutdown();
  absl::Status Renew(const v1::RenewRequest& request);

  absl::StatusOr<Generation*> Find(uint64_t number);
  // All at once, or nothing; a generation that is not named has no weight.
  // `held_since_ns`: of a hold; 0: none.
  absl::Status Reweigh(std::map<uint64_t, uint32_t> weights,
                       uint64_t held_since_ns);
  void EndHold(uint64_t since_ns);
  absl::Status CheckCanServe(const Generation& generation) const;

  const uint32_t mark_base_;
  const Kept kept_;
  EpollLoop& loop_;
  // What is saved with the rest of the state; none: it is not saved yet.
  std::optional<v1::SavedState> saved_rest_;
  const v1::Executable executable_;
  std::string next_program_;
  OutputFile output_;
  EndpointGroups groups_;
  Hold hold_;
  // After what its members refer to.
  Generations generations_;
  Lifecycle lifecycle_;
  Arrivals arrivals_;
  bool is_over_ = false;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SERVICE_H_
