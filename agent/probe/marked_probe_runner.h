// SPDX-License-Identifier: Apache-2.0
//
// Runs probes, each on a thread of its own, over connections that carry the
// generation's mark. Needs CAP_NET_ADMIN.

#ifndef AGENT_PROBE_MARKED_PROBE_RUNNER_H_
#define AGENT_PROBE_MARKED_PROBE_RUNNER_H_

#include <functional>
#include <memory>

#include "agent/probe/probe_runner.h"
#include "base/event_loop.h"

namespace rollout::probe {

// Outlives all probes it started.
class MarkedProbeRunner : public ProbeRunner {
 public:
  // A period or time-out that is not in the probe is 1 s. What can't be asked
  // at all (a bad address, a notify probe) gives a verdict that says so. The
  // probe must not be destroyed from within `on_verdict`.
  std::unique_ptr<RunningProbe> Start(
      ProbeTarget target,
      std::function<void(ProbeVerdict)> on_verdict) override;

 private:
  // For the http probes' time-outs.
  EventLoop timers_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_MARKED_PROBE_RUNNER_H_
