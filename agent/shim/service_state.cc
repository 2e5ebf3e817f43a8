// SPDX-License-Identifier: Apache-2.0
//
// How a Service comes from one process of the shim to the next.

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "agent/shim/generation_state.h"
#include "agent/shim/service.h"
#include "base/log.h"

namespace rollout::shim {

void Service::Resume(const v1::SavedState& saved, LeftDescriptors& left) {
  output_.Resume(saved.output(), left);
  groups_.Resume(saved, left);
  hold_.Switch(saved.hold_since_ns());
  // From here on it may be saved again; not before all is there.
  saved_rest_.emplace();
  saved_rest_->set_version(saved.version());
  saved_rest_->set_service(saved.service());
  saved_rest_->set_socket(saved.socket());
  *saved_rest_->mutable_control() = saved.control();
  arrivals_.Resume(saved, left);
  absl::Status steered = lifecycle_.Steer();
  if (!steered.ok()) LogError(steered.message());
  const std::set<uint64_t> reaped = arrivals_.FindReaped();
  ReapChildren();
  arrivals_.FindUntoldEnds(reaped);
  lifecycle_.Look();
}

void Service::KeepState(v1::SavedState rest) {
  saved_rest_ = std::move(rest);
  SaveState();
}

void Service::SaveState() {
  if (!saved_rest_.has_value()) return;
  v1::SavedState state = *saved_rest_;
  state.set_mark_base(mark_base_);
  state.set_last_generation(arrivals_.last_generation());
  state.set_hold_since_ns(hold_.since_ns());
  groups_.Save(&state);
  for (const auto& [number, generation] : generations_) {
    *state.add_generations() = SaveGeneration(*generation);
  }
  *state.mutable_output() = output_.Save();
  if (!kept_.memory.SaveState(state.SerializeAsString())) {
    LogError("the state of ", generations_.size(),
             " generations is too large to be kept: forget those that ended");
  }
}

}  // namespace rollout::shim
