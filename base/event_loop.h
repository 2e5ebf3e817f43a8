// SPDX-License-Identifier: Apache-2.0
//
// One thread that owns state, and a mailbox through which the others ask it to
// do things. The way every loop of agent and controller is built.

#ifndef BASE_EVENT_LOOP_H_
#define BASE_EVENT_LOOP_H_

#include <map>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "base/task_loop.h"

namespace rollout {

// Tasks run in the order of posting, on the loop's own thread, never at once.
// Whoever posts bounds what it posts: one task per event of a bounded source.
class EventLoop final : public TaskLoop {
 public:
  EventLoop();
  // Runs no further task, waits for the one that runs.
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // From any thread, the loop's own included. Dropped after Stop().
  void Post(Task task) override ABSL_LOCKS_EXCLUDED(mutex_);

  // Runs `task` once, after `delay`, counted on the monotonic clock.
  void PostAfter(absl::Duration delay, Task task) override
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Runs `task` on the loop and waits for it. Not from the loop's own thread.
  void Run(Task task) ABSL_LOCKS_EXCLUDED(mutex_);

  // Drops what waits and ends the thread. Idempotent; not from a task.
  void Stop() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until something is due; empty: the loop was stopped.
  std::vector<Task> NextTasks() ABSL_LOCKS_EXCLUDED(mutex_);

  Mutex mutex_;
  CondVar changed_;
  std::vector<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  // By the time they are due, on the monotonic clock.
  std::multimap<absl::Duration, Task> timers_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace rollout

#endif  // BASE_EVENT_LOOP_H_
