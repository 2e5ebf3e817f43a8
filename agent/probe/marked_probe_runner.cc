// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/marked_probe_runner.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/probe/exec_question.h"
#include "agent/probe/grpc_question.h"
#include "agent/probe/http_question.h"
#include "agent/probe/question.h"
#include "agent/probe/readiness_verdict.h"
#include "agent/probe/tcp_question.h"
#include "base/clock.h"
#include "base/endpoint_address.h"
#include "base/mutex.h"
#include "base/scheduling.h"
#include "base/status_macros.h"

namespace rollout::probe {
namespace {

// Absent or senseless: a second.
absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  absl::Duration value =
      absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
  return value > absl::ZeroDuration() ? value : absl::Seconds(1);
}

// Whoever is asked listens: the shim has told.
class NothingToAsk : public Question {
 public:
  Answer Ask() override { return {true, ""}; }
  void Cancel() override {}
};

absl::StatusOr<std::unique_ptr<Question>> MakeQuestion(
    const ProbeTarget& target, EventLoop& timers) {
  const v1::Probe& probe = target.probe;
  absl::Duration timeout = ToDuration(probe.timeout());
  if (probe.has_exec()) {
    const auto& command = probe.exec().command();
    return ExecQuestion::Make({command.begin(), command.end()}, target.address,
                              target.mark, timeout);
  }
  if (probe.has_listening()) return std::make_unique<NothingToAsk>();
  ASSIGN_OR_RETURN(EndpointAddress address,
                   EndpointAddress::Parse(target.address));
  if (probe.has_http()) {
    return std::make_unique<HttpQuestion>(address, target.mark,
                                          probe.http().path(), timeout, timers);
  }
  if (probe.has_tcp()) {
    return std::make_unique<TcpQuestion>(address, target.mark, timeout);
  }
  if (probe.has_grpc()) {
    return std::make_unique<GrpcQuestion>(address, target.mark,
                                          probe.grpc().service(), timeout);
  }
  return absl::InvalidArgumentError(
      "this probe is not asked: use http, tcp, grpc, exec or listening");
}

// Says that it can't ask.
class NoQuestion : public Question {
 public:
  explicit NoQuestion(absl::Status why) : why_(std::move(why)) {}
  Answer Ask() override {
    return {false, "cannot probe: " + std::string(why_.message())};
  }
  void Cancel() override {}

 private:
  const absl::Status why_;
};

class ThreadedProbe : public RunningProbe {
 public:
  ThreadedProbe(const ProbeTarget& target, std::unique_ptr<Question> question,
                std::function<void(ProbeVerdict)> on_verdict)
      : period_(std::max(ToDuration(target.probe.period()),
                         absl::Milliseconds(10))),
        question_(std::move(question)),
        on_verdict_(std::move(on_verdict)),
        verdict_(target.assume_ready, target.probe.success_threshold(),
                 target.probe.failure_threshold(),
                 target.probe.has_error_budget()),
        starting_(!target.assume_ready),
        delay_(target.delay),
        thread_([this] { Loop(); }) {}

  ~ThreadedProbe() override {
    {
      MutexLock lock(&mutex_);
      stopped_ = true;
      changed_.NotifyAll();
    }
    question_->Cancel();
    thread_.join();
  }

 private:
  void Loop() {
    RunAhead();
    absl::Duration start = clock_.Uptime() + delay_;
    if (WaitUntil(start)) return;
    do {
      start = std::max(start, clock_.Uptime());
      Answer answer = question_->Ask();
      if (WaitUntil(absl::ZeroDuration())) return;
      if (auto verdict = verdict_.Add(answer)) on_verdict_(*verdict);
      start += NextPause(answer.good);
    } while (!WaitUntil(start));
  }

  // From one start to the next: short while the generation starts, so that
  // its start is not measured in periods.
  absl::Duration NextPause(bool good) {
    starting_ = starting_ && !good;
    if (!starting_) return period_;
    absl::Duration pause = std::min(quick_pause_, period_);
    quick_pause_ *= 1.2;
    return pause;
  }

  // True: stopped.
  bool WaitUntil(absl::Duration time) {
    MutexLock lock(&mutex_);
    for (;;) {
      absl::Duration left = time - clock_.Uptime();
      if (stopped_ || left <= absl::ZeroDuration()) return stopped_;
      changed_.WaitFor(&mutex_, left);
    }
  }

  SystemClock clock_;
  const absl::Duration period_;
  const std::unique_ptr<Question> question_;
  const std::function<void(ProbeVerdict)> on_verdict_;
  ReadinessVerdict verdict_;
  // No good answer yet.
  bool starting_;
  const absl::Duration delay_;
  absl::Duration quick_pause_ = absl::Milliseconds(5);
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<RunningProbe> MarkedProbeRunner::Start(
    ProbeTarget target, std::function<void(ProbeVerdict)> on_verdict) {
  auto question = MakeQuestion(target, timers_);
  if (!question.ok()) {
    question = std::make_unique<NoQuestion>(question.status());
  }
  return std::make_unique<ThreadedProbe>(target, *std::move(question),
                                         std::move(on_verdict));
}

}  // namespace rollout::probe
