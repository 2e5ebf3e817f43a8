// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/fake_probe_runner.h"

#include <utility>

namespace rollout {

class FakeProbeRunner::Running : public probe::RunningProbe {
 public:
  Running(FakeProbeRunner* runner, uint32_t mark)
      : runner_(*runner), mark_(mark) {}
  ~Running() override { runner_.End(mark_); }

 private:
  FakeProbeRunner& runner_;
  const uint32_t mark_;
};

void FakeProbeRunner::SetDefault(bool ready) {
  MutexLock lock(&mutex_);
  default_ = ready;
}

void FakeProbeRunner::Set(uint32_t mark, bool ready) {
  OnVerdict tell;
  probe::ProbeVerdict verdict;
  {
    MutexLock lock(&mutex_);
    verdicts_[mark] = ready;
    auto running = running_.find(mark);
    if (running == running_.end()) return;
    tell = running->second;
    verdict = VerdictOf(mark);
  }
  tell(verdict);
}

std::unique_ptr<probe::RunningProbe> FakeProbeRunner::Start(
    probe::ProbeTarget target,
    std::function<void(probe::ProbeVerdict)> on_verdict) {
  probe::ProbeVerdict verdict;
  {
    MutexLock lock(&mutex_);
    running_[target.mark] = on_verdict;
    verdict = VerdictOf(target.mark);
  }
  on_verdict(verdict);
  return std::make_unique<Running>(this, target.mark);
}

probe::ProbeVerdict FakeProbeRunner::VerdictOf(uint32_t mark) {
  auto told = verdicts_.find(mark);
  bool ready = told == verdicts_.end() ? default_ : told->second;
  return {ready, ready ? "" : "GET / gave 503"};
}

void FakeProbeRunner::End(uint32_t mark) {
  MutexLock lock(&mutex_);
  running_.erase(mark);
}

}  // namespace rollout
