// SPDX-License-Identifier: Apache-2.0
//
// Turns single answers into a verdict: so many good ones in a row make a
// generation ready, so many bad ones in a row make it not ready. Where there is
// an error budget, each bad one is told.
//
// Pure: no clock, no I/O. Not thread-safe.

#ifndef AGENT_PROBE_READINESS_VERDICT_H_
#define AGENT_PROBE_READINESS_VERDICT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "agent/probe/probe_runner.h"

namespace rollout::probe {

// What one probe brought.
struct Answer {
  bool good = false;
  // Why it was not good: "GET / gave 503".
  std::string message;
};

class ReadinessVerdict {
 public:
  // `ready`: the verdict it begins with. Answers in a row that change it; 0 is
  // taken as 1. `tells_failures`: each bad answer once it has been ready.
  ReadinessVerdict(bool ready, uint32_t success_threshold,
                   uint32_t failure_threshold, bool tells_failures = false);

  // Takes the next answer. Returns the verdict if there is something new to
  // tell: it changed, it is not ready for another reason than before, or a bad
  // answer is told.
  std::optional<ProbeVerdict> Add(const Answer& answer);

 private:
  // The verdict changed, or its message did.
  bool Change(const Answer& answer);

  const uint32_t success_threshold_;
  const uint32_t failure_threshold_;
  const bool tells_failures_;
  // It is ready or has been.
  bool was_ready_;
  ProbeVerdict verdict_;
  // Answers in a row, the last ones, that speak against the verdict.
  uint32_t contrary_ = 0;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_READINESS_VERDICT_H_
