// SPDX-License-Identifier: Apache-2.0
//
// Asks one generation, again and again, whether it is ready, or well. The
// connection carries the generation's mark, so the steering program leads it
// there whatever the weights.

#ifndef AGENT_PROBE_PROBE_RUNNER_H_
#define AGENT_PROBE_PROBE_RUNNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "proto/rollout/v1/plan.pb.h"

namespace rollout::probe {

// Whom to ask, and how. Host values are replaced, except ${probe.address}.
struct ProbeTarget {
  v1::Probe probe;
  // Address at which the probed endpoint is reached, the generation's own if it
  // has one: "127.0.0.1:80". Empty: none has one (exec without
  // ${probe.address}).
  std::string address;
  // SO_MARK of the connections.
  uint32_t mark = 0;
  // The verdict it begins with: true for a generation that served before this
  // agent came, and is believed until it fails.
  bool assume_ready = false;
  // Until the first question.
  absl::Duration delay;
};

struct ProbeVerdict {
  bool ready = false;
  // What the last answer was when it was not good: "GET / gave 503".
  std::string message;
  // An answer that failed, of a probe with an error budget; empty: it did not.
  std::string failed_answer;
};

// Ends the asking when destroyed; waits for a probe that is under way, at most
// its time-out.
class RunningProbe {
 public:
  virtual ~RunningProbe() = default;
};

// Safe from any thread.
class ProbeRunner {
 public:
  virtual ~ProbeRunner() = default;

  // Calls `on_verdict` when the verdict changes and when, being not ready, its
  // message changes, and with an error budget for each answer that fails after
  // the first success; on a thread of its own, one call at a time. Until the
  // first success probes come faster than the period, from 5 ms apart and
  // slowing down to it, so that a start is not measured in periods. Notify
  // probes are not for here: the shim tells.
  virtual std::unique_ptr<RunningProbe> Start(
      ProbeTarget target, std::function<void(ProbeVerdict)> on_verdict) = 0;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_PROBE_RUNNER_H_
