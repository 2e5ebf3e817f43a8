// SPDX-License-Identifier: Apache-2.0
//
// Who gets the processor first. What steers a service runs for microseconds at
// a time, often while the service's clients keep every processor busy.

#ifndef BASE_SCHEDULING_H_
#define BASE_SCHEDULING_H_

#include <sys/types.h>

namespace rollout {

// From now on the calling thread runs soon after it wakes, whatever else of its
// scheduling group wants to: it asks for nice -10, see sched(7), and for slices
// of 0.1 ms (sched_setattr(2), sched_runtime of SCHED_OTHER, Linux 6.12). Only
// for a thread that never runs long. The threads and processes it starts are as
// usual: no slices of its own, nice 0 at least. What the kernel does not grant
// is left out.
void RunAhead();

// The same for the calling process's session, where the kernel shares out the
// processor by sessions first (autogroup, see sched(7)). The session should
// hold nobody else.
void RunSessionAhead();

// For a process that has just begun a session and will execute a program whose
// start is waited for: its first thread runs before others, and so does the
// session, see above. Not for long, see EndHeadStart.
void BeginHeadStart();

// That is over: `process`, which began so, runs as usual, nice 0. One that has
// chosen its nice value since keeps that. It is there, or not yet waited for.
void EndHeadStart(pid_t process);

}  // namespace rollout

#endif  // BASE_SCHEDULING_H_
