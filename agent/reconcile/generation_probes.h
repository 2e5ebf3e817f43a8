// SPDX-License-Identifier: Apache-2.0
//
// The running probes of one kind (readiness, liveness) of one service, by
// generation.
//
// Belongs to the loop. Destroy it after the loop and the worker are stopped.

#ifndef AGENT_RECONCILE_GENERATION_PROBES_H_
#define AGENT_RECONCILE_GENERATION_PROBES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "agent/probe/probe_runner.h"
#include "base/event_loop.h"

namespace rollout::agent {

class GenerationProbes {
 public:
  // `on_verdict` runs on the loop, for generations that are still probed.
  // Borrowed ones must outlive this.
  GenerationProbes(
      probe::ProbeRunner* runner, EventLoop* loop, EventLoop* worker,
      std::function<void(int64_t generation, probe::ProbeVerdict)> on_verdict);
  GenerationProbes(const GenerationProbes&) = delete;
  GenerationProbes& operator=(const GenerationProbes&) = delete;

  bool IsProbed(int64_t generation) const {
    return probes_.count(generation) > 0;
  }

  // The generation is not probed yet.
  void Start(int64_t generation, probe::ProbeTarget target);

  // One that is not probed is fine.
  void End(int64_t generation);

 private:
  probe::ProbeRunner& runner_;
  EventLoop& loop_;
  EventLoop& worker_;
  const std::function<void(int64_t, probe::ProbeVerdict)> on_verdict_;
  std::map<int64_t, std::shared_ptr<probe::RunningProbe>> probes_;
};

}  // namespace rollout::agent

#endif  // AGENT_RECONCILE_GENERATION_PROBES_H_
