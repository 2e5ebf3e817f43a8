// SPDX-License-Identifier: Apache-2.0

#include "controller/gitops/status_queue.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace rollout::gitops {
namespace {

bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

StatusQueue::StatusQueue(StatusOutlet& outlet, const StatusMetric& metric,
                         const StatusQueueSettings& settings,
                         prometheus::Registry& registry)
    : outlet_(outlet),
      settings_(settings),
      statuses_(prometheus::BuildCounter()
                    .Name(metric.name)
                    .Help(metric.help)
                    .Register(registry)),
      sent_(statuses_.Add({{"outcome", "sent"}})),
      failed_(statuses_.Add({{"outcome", "failed"}})),
      dropped_(statuses_.Add({{"outcome", "dropped"}})),
      thread_([this] { Run(); }) {}

StatusQueue::~StatusQueue() { Stop(); }

void StatusQueue::Report(CommitStatus status) {
  if (!outlet_.Takes(status.source)) return;
  MutexLock lock(&mutex_);
  Waiting waiting{std::move(status),
                  Backoff(settings_.first_wait, settings_.longest_wait)};
  auto older = Find(waiting.status);
  if (older != waiting_.end()) {
    // That there is news makes nobody answer sooner.
    waiting.due = older->due;
    waiting_.erase(older);
  }
  if (waiting_.size() >= settings_.max_waiting) {
    waiting_.pop_front();
    dropped_.Increment();
  }
  waiting_.push_back(std::move(waiting));
  changed_.NotifyAll();
}

void StatusQueue::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  outlet_.Cancel();
  if (thread_.joinable()) thread_.join();
}

void StatusQueue::Run() {
  while (std::optional<Waiting> waiting = Next()) {
    const absl::Status sent = outlet_.Send(waiting->status);
    Settle(*std::move(waiting), sent);
  }
}

std::optional<StatusQueue::Waiting> StatusQueue::Next() {
  MutexLock lock(&mutex_);
  while (!stopped_) {
    auto first = std::min_element(
        waiting_.begin(), waiting_.end(),
        [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
    if (first == waiting_.end()) {
      changed_.Wait(&mutex_);
      continue;
    }
    const absl::Duration left = first->due - clock_.Uptime();
    if (left > absl::ZeroDuration()) {
      changed_.WaitFor(&mutex_, left);
      continue;
    }
    Waiting next = std::move(*first);
    waiting_.erase(first);
    return next;
  }
  return std::nullopt;
}

void StatusQueue::Settle(Waiting waiting, const absl::Status& sent) {
  MutexLock lock(&mutex_);
  if (sent.ok()) {
    sent_.Increment();
    return;
  }
  // A newer one takes its place.
  if (stopped_ || Find(waiting.status) != waiting_.end()) return;
  if (MayPass(sent) && ++waiting.tries < settings_.max_tries &&
      waiting_.size() < settings_.max_waiting) {
    waiting.due = clock_.Uptime() + waiting.backoff.Next(random_);
    waiting_.push_front(std::move(waiting));
    return;
  }
  failed_.Increment();
  LogWarning("the status of commit ", waiting.status.commit, " of source ",
             waiting.status.source, " could not be reported to ",
             outlet_.PlaceOf(waiting.status.source), ": ", sent.message());
}

std::list<StatusQueue::Waiting>::iterator StatusQueue::Find(
    const CommitStatus& status) {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [&](const Waiting& waiting) {
                        return waiting.status.source == status.source &&
                               waiting.status.commit == status.commit;
                      });
}

}  // namespace rollout::gitops
