// SPDX-License-Identifier: Apache-2.0

#include "agent/reconcile/generation_probes.h"

#include <utility>

namespace rollout::agent {

GenerationProbes::GenerationProbes(
    probe::ProbeRunner* runner, EventLoop* loop, EventLoop* worker,
    std::function<void(int64_t, probe::ProbeVerdict)> on_verdict)
    : runner_(*runner),
      loop_(*loop),
      worker_(*worker),
      on_verdict_(std::move(on_verdict)) {}

void GenerationProbes::Start(int64_t generation, probe::ProbeTarget target) {
  probes_[generation] = runner_.Start(
      std::move(target), [this, generation](probe::ProbeVerdict verdict) {
        loop_.Post([this, generation, verdict = std::move(verdict)] {
          if (IsProbed(generation)) on_verdict_(generation, verdict);
        });
      });
}

void GenerationProbes::End(int64_t generation) {
  auto found = probes_.find(generation);
  if (found == probes_.end()) return;
  // Ending may wait for a probe that is under way: not here.
  worker_.Post([probe = std::move(found->second)] {});
  probes_.erase(found);
}

}  // namespace rollout::agent
