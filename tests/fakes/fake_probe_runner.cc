// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/fake_probe_runner.h"

#include <utility>

namespace rollout {

class FakeProbeRunner::Running : public probe::RunningProbe {
 public:
  Running(FakeProbeRunner* runner, Asked asked)
      : runner_(*runner), asked_(asked) {}
  ~Running() override { runner_.End(asked_); }

 private:
  FakeProbeRunner& runner_;
  const Asked asked_;
};

void FakeProbeRunner::SetDefault(bool ready) {
  MutexLock lock(&mutex_);
  default_ = ready;
}

void FakeProbeRunner::Set(Asked asked, bool good) {
  OnVerdict tell;
  probe::ProbeVerdict verdict;
  {
    MutexLock lock(&mutex_);
    verdicts_[asked] = good;
    auto running = running_.find(asked);
    if (running == running_.end()) return;
    tell = running->second;
    verdict = VerdictOf(asked);
  }
  tell(verdict);
}

void FakeProbeRunner::FailOnce(uint32_t mark, bool liveness) {
  const Asked asked{mark, liveness};
  OnVerdict tell;
  probe::ProbeVerdict verdict;
  {
    MutexLock lock(&mutex_);
    tell = running_.at(asked);
    verdict = VerdictOf(asked);
  }
  verdict.failed_answer = "GET / gave 503";
  tell(verdict);
}

std::unique_ptr<probe::RunningProbe> FakeProbeRunner::Start(
    probe::ProbeTarget target,
    std::function<void(probe::ProbeVerdict)> on_verdict) {
  const Asked asked{target.mark, target.probe.has_http()};
  probe::ProbeVerdict verdict;
  {
    MutexLock lock(&mutex_);
    running_[asked] = on_verdict;
    verdict = VerdictOf(asked);
  }
  on_verdict(verdict);
  return std::make_unique<Running>(this, asked);
}

probe::ProbeVerdict FakeProbeRunner::VerdictOf(Asked asked) {
  auto told = verdicts_.find(asked);
  const bool untold = asked.second || default_;
  const bool good = told == verdicts_.end() ? untold : told->second;
  return {good, good ? "" : "GET / gave 503", ""};
}

void FakeProbeRunner::End(Asked asked) {
  MutexLock lock(&mutex_);
  running_.erase(asked);
}

}  // namespace rollout
