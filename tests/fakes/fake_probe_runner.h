// SPDX-License-Identifier: Apache-2.0
//
// Probes that say what a test wants, by mark.

#ifndef TESTS_FAKES_FAKE_PROBE_RUNNER_H_
#define TESTS_FAKES_FAKE_PROBE_RUNNER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

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
  void Set(uint32_t mark, bool ready) ABSL_LOCKS_EXCLUDED(mutex_);

  std::unique_ptr<probe::RunningProbe> Start(
      probe::ProbeTarget target,
      std::function<void(probe::ProbeVerdict)> on_verdict) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Running;
  using OnVerdict = std::function<void(probe::ProbeVerdict)>;

  probe::ProbeVerdict VerdictOf(uint32_t mark)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(uint32_t mark) ABSL_LOCKS_EXCLUDED(mutex_);

  Mutex mutex_;
  bool default_ ABSL_GUARDED_BY(mutex_) = true;
  std::map<uint32_t, bool> verdicts_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, OnVerdict> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_PROBE_RUNNER_H_
