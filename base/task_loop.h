// SPDX-License-Identifier: Apache-2.0
//
// Where a loop's tasks run: on a thread of their own (EventLoop), or in a
// simulation among all the others.

#ifndef BASE_TASK_LOOP_H_
#define BASE_TASK_LOOP_H_

#include <functional>

#include "absl/time/time.h"

namespace rollout {

// Tasks run one after the other, in the order of posting.
class TaskLoop {
 public:
  using Task = std::function<void()>;

  virtual ~TaskLoop() = default;

  // From any thread, and from a task. Dropped after Stop().
  virtual void Post(Task task) = 0;

  // Runs `task` once, after `delay`, counted on the monotonic clock.
  virtual void PostAfter(absl::Duration delay, Task task) = 0;

  // Drops what waits; afterwards no task runs. Idempotent; not from a task.
  virtual void Stop() = 0;
};

}  // namespace rollout

#endif  // BASE_TASK_LOOP_H_
