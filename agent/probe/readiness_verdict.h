// SPDX-License-Identifier: Apache-2.0
//
// Turns single answers into a verdict: so many good ones in a row make a
// generation ready, so many bad ones in a row make it not ready.
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
  // taken as 1.
  ReadinessVerdict(bool ready, uint32_t success_threshold,
                   uint32_t failure_threshold);

  // Takes the next answer. Returns the verdict if there is something new to
  // tell: it changed, or it is not ready for another reason than before.
  std::optional<ProbeVerdict> Add(const Answer& answer);

 private:
  const uint32_t success_threshold_;
  const uint32_t failure_threshold_;
  ProbeVerdict verdict_;
  // Answers in a row, the last ones, that speak against the verdict.
  uint32_t contrary_ = 0;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_READINESS_VERDICT_H_
