// SPDX-License-Identifier: Apache-2.0

#include "base/event_loop.h"

#include <memory>
#include <utility>

#include "base/clock.h"

namespace rollout {

EventLoop::EventLoop() : thread_([this] { Loop(); }) {}

EventLoop::~EventLoop() { Stop(); }

void EventLoop::Post(Task task) {
  MutexLock lock(&mutex_);
  if (stopped_) return;
  tasks_.push_back(std::move(task));
  changed_.NotifyAll();
}

void EventLoop::PostAfter(absl::Duration delay, Task task) {
  absl::Duration due = SystemClock().Uptime() + delay;
  MutexLock lock(&mutex_);
  if (stopped_) return;
  timers_.emplace(due, std::move(task));
  changed_.NotifyAll();
}

void EventLoop::Run(Task task) {
  // Shared: the loop may drop the posted task without running it.
  auto done = std::make_shared<bool>(false);
  Post([this, done, task = std::move(task)] {
    task();
    MutexLock lock(&mutex_);
    *done = true;
    changed_.NotifyAll();
  });
  MutexLock lock(&mutex_);
  while (!*done && !stopped_) changed_.Wait(&mutex_);
}

void EventLoop::Stop() {
  // What tasks hold may post as it goes, so it goes without the lock.
  std::vector<Task> tasks;
  std::multimap<absl::Duration, Task> timers;
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    tasks.swap(tasks_);
    timers.swap(timers_);
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void EventLoop::Loop() {
  for (;;) {
    std::vector<Task> tasks = NextTasks();
    if (tasks.empty()) return;
    for (Task& task : tasks) {
      {
        MutexLock lock(&mutex_);
        if (stopped_) return;
      }
      task();
    }
  }
}

std::vector<EventLoop::Task> EventLoop::NextTasks() {
  MutexLock lock(&mutex_);
  while (!stopped_) {
    absl::Duration now = SystemClock().Uptime();
    while (!timers_.empty() && timers_.begin()->first <= now) {
      tasks_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (!tasks_.empty()) return std::exchange(tasks_, {});
    if (timers_.empty()) {
      changed_.Wait(&mutex_);
    } else {
      changed_.WaitFor(&mutex_, timers_.begin()->first - now);
    }
  }
  return {};
}

}  // namespace rollout
