// SPDX-License-Identifier: Apache-2.0
//
// Probes that say what a test wants, by mark. An http probe stands for
// liveness, any other for readiness.

#ifndef TESTS_FAKES_FAKE_PROBE_RUNNER_H_
#define TESTS_FAKES_FAKE_PROBE_RUNNER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "agent/probe/probe_runner.h"
#include "base/mutex.h"

namespace rollout {

// Safe from any thread. Verdicts are told on the thread that sets them.
class FakeProbeRunner : public probe::ProbeRunner {
 public:
  // What a generation says that was told nothing about; true at first.
  void SetDefault(bool ready) ABSL_LOCKS_EXCLUDED(mutex_);
  // The verdict on the generation with that mark, now and for later probes.
  void Set(uint32_t mark, bool ready) { Set(Asked{mark, false}, ready); }
  // The same for its liveness; well at first.
  void SetWell(uint32_t mark, bool well) { Set(Asked{mark, true}, well); }
  // A single answer that fails and changes no verdict, to its readiness or its
  // liveness probe, which runs.
  void FailOnce(uint32_t mark, bool liveness) ABSL_LOCKS_EXCLUDED(mutex_);

  std::unique_ptr<probe::RunningProbe> Start(
      probe::ProbeTarget target,
      std::function<void(probe::ProbeVerdict)> on_verdict) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Running;
  using OnVerdict = std::function<void(probe::ProbeVerdict)>;
  // Mark, and whether it is asked for its liveness.
  using Asked = std::pair<uint32_t, bool>;

  void Set(Asked asked, bool good) ABSL_LOCKS_EXCLUDED(mutex_);
  probe::ProbeVerdict VerdictOf(Asked asked)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(Asked asked) ABSL_LOCKS_EXCLUDED(mutex_);

  Mutex mutex_;
  bool default_ ABSL_GUARDED_BY(mutex_) = true;
  std::map<Asked, bool> verdicts_ ABSL_GUARDED_BY(mutex_);
  std::map<Asked, OnVerdict> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_PROBE_RUNNER_H_
