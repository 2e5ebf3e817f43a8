// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/readiness_verdict.h"

#include <algorithm>

namespace rollout::probe {

ReadinessVerdict::ReadinessVerdict(bool ready, uint32_t success_threshold,
                                   uint32_t failure_threshold,
                                   bool tells_failures)
    : success_threshold_(std::max(success_threshold, 1u)),
      failure_threshold_(std::max(failure_threshold, 1u)),
      tells_failures_(tells_failures),
      was_ready_(ready) {
  verdict_.ready = ready;
}

std::optional<ProbeVerdict> ReadinessVerdict::Add(const Answer& answer) {
  const bool changed = Change(answer);
  const bool told = tells_failures_ && was_ready_ && !answer.good;
  was_ready_ = was_ready_ || verdict_.ready;
  if (!changed && !told) return std::nullopt;
  ProbeVerdict verdict = verdict_;
  if (told) verdict.failed_answer = answer.message;
  return verdict;
}

bool ReadinessVerdict::Change(const Answer& answer) {
  if (answer.good == verdict_.ready) {
    contrary_ = 0;
    if (answer.good || answer.message == verdict_.message) return false;
    verdict_.message = answer.message;
    return true;
  }
  ++contrary_;
  if (contrary_ < (answer.good ? success_threshold_ : failure_threshold_)) {
    return false;
  }
  contrary_ = 0;
  verdict_.ready = answer.good;
  verdict_.message = answer.good ? "" : answer.message;
  return true;
}

}  // namespace rollout::probe
