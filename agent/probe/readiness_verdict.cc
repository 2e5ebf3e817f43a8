// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/readiness_verdict.h"

#include <algorithm>

namespace rollout::probe {

ReadinessVerdict::ReadinessVerdict(bool ready, uint32_t success_threshold,
                                   uint32_t failure_threshold)
    : success_threshold_(std::max(success_threshold, 1u)),
      failure_threshold_(std::max(failure_threshold, 1u)) {
  verdict_.ready = ready;
}

std::optional<ProbeVerdict> ReadinessVerdict::Add(const Answer& answer) {
  if (answer.good == verdict_.ready) {
    contrary_ = 0;
    if (answer.good || answer.message == verdict_.message) return std::nullopt;
    verdict_.message = answer.message;
    return verdict_;
  }
  ++contrary_;
  if (contrary_ < (answer.good ? success_threshold_ : failure_threshold_)) {
    return std::nullopt;
  }
  contrary_ = 0;
  verdict_ = {answer.good, answer.good ? "" : answer.message};
  return verdict_;
}

}  // namespace rollout::probe
