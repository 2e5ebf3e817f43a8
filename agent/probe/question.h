// SPDX-License-Identifier: Apache-2.0
//
// One way of asking a generation whether it is ready.

#ifndef AGENT_PROBE_QUESTION_H_
#define AGENT_PROBE_QUESTION_H_

#include "agent/probe/readiness_verdict.h"

namespace rollout::probe {

class Question {
 public:
  virtual ~Question() = default;

  // Asks once and blocks for the answer, at most for the probe's time-out. One
  // call at a time.
  virtual Answer Ask() = 0;

  // From any thread, for good: an Ask under way returns soon, and a later one
  // at once, with an answer that means nothing.
  virtual void Cancel() = 0;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_QUESTION_H_
