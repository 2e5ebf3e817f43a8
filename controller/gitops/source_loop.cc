// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/source_loop.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

namespace rollout::gitops {
namespace {

constexpr absl::Duration kHintGap = absl::Seconds(1);
// Hints without anything behind them: somebody repeats one again and again.
constexpr absl::Duration kVainHintGap = absl::Seconds(10);
// So that many sources, and many controllers, don't come in step.
constexpr double kJitter = 0.1;
constexpr size_t kMostWaiting = 100;
constexpr char kStopping[] = "the controller is stopping";

}  // namespace

SourceLoop::SourceLoop(SourceSync& sync, const Clock& clock,
                       std::unique_ptr<TaskLoop> loop)
    : sync_(sync),
      clock_(clock),
      due_(clock.Uptime()),
      hints_wait_until_(due_),
      loop_(std::move(loop)) {
  loop_->Post([this] { Look(); });
}

SourceLoop::~SourceLoop() { Stop(); }

void SourceLoop::Hint() {
  if (hint_posted_.exchange(true)) return;
  loop_->Post([this] { TakeHint(); });
}

void SourceLoop::TakeHint() {
  hint_posted_ = false;
  if (hinted_) return;
  hinted_ = true;
  Look();
}

void SourceLoop::Sync(Synced done) {
  absl::Status refusal;
  {
    MutexLock lock(&mutex_);
    if (stopped_) {
      refusal = absl::CancelledError(kStopping);
    } else if (waiting_.size() >= kMostWaiting) {
      refusal = absl::ResourceExhaustedError(
          "too many wait for this source already: try again in a minute");
    } else {
      waiting_.push_back(std::move(done));
    }
  }
  if (!refusal.ok()) return done(refusal);
  loop_->Post([this] { Look(); });
}

void SourceLoop::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
  }
  loop_->Stop();
  for (const Synced& done : TakeWaiting()) {
    done(absl::CancelledError(kStopping));
  }
}

void SourceLoop::Look() {
  const std::vector<Synced> waiting = TakeWaiting();
  if (!waiting.empty() || NextPass() <= clock_.Uptime()) {
    const bool hinted = std::exchange(hinted_, false);
    const bool moved = sync_.Pass(/*again=*/!waiting.empty());
    for (const Synced& done : waiting) done(sync_.Status());
    const absl::Duration now = clock_.Uptime();
    due_ = now + sync_.settings().interval *
                     absl::Uniform(random_, 1 - kJitter, 1 + kJitter);
    if (hinted) hints_wait_until_ = now + (moved ? kHintGap : kVainHintGap);
  }
  loop_->PostAfter(NextPass() - clock_.Uptime(),
                   [this, arranged = ++arranged_] {
                     if (arranged == arranged_) Look();
                   });
}

absl::Duration SourceLoop::NextPass() const {
  return hinted_ ? std::min(due_, hints_wait_until_) : due_;
}

std::vector<SourceLoop::Synced> SourceLoop::TakeWaiting() {
  MutexLock lock(&mutex_);
  return std::exchange(waiting_, {});
}

}  // namespace rollout::gitops
