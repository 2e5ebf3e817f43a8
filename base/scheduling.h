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

// For the session of `process`, in which a program starts that is waited for:
// it runs before others, as above. Nothing that nice(2) tells or changes. Not
// for long, see EndHeadStart. Another than the calling process's is not granted
// within 0.1 s of the last one without CAP_SYS_ADMIN.
void BeginHeadStart(pid_t process);

// That is over for the session of `process`, which is there, or not yet waited
// for. False: not granted at this moment (EAGAIN), ask again after 0.1 s.
bool EndHeadStart(pid_t process);

}  // namespace rollout

#endif  // BASE_SCHEDULING_H_
