// SPDX-License-Identifier: Apache-2.0
//
// How long the kernel lets a thread run before others get their turn. One that
// asks for less is given the processor sooner when it wakes, and no more of it
// in all (sched_setattr(2), sched_runtime of SCHED_OTHER, Linux 6.12). What
// steers a service runs for microseconds at a time, often while the service's
// clients keep every processor busy.

#ifndef BASE_SCHEDULING_H_
#define BASE_SCHEDULING_H_

namespace rollout {

// For the calling thread, and for the threads and processes it starts from then
// on. A kernel that knows nothing of it goes on as before.
void AskForShortSlices();

// Back to the kernel's own. Safe after fork.
void AskForUsualSlices();

}  // namespace rollout

#endif  // BASE_SCHEDULING_H_
