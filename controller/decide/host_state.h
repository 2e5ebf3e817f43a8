// SPDX-License-Identifier: Apache-2.0
//
// What one host counts as, in the terms of the limits: out of service, in
// change, overlapping, failed, there.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_HOST_STATE_H_
#define CONTROLLER_DECIDE_HOST_STATE_H_

#include <string>

#include "absl/time/time.h"
#include "controller/decide/view.h"

namespace rollout::decide {

enum class Failure {
  kNone,
  // The newest generation of the revision being brought in failed.
  kGenerationFailed,
  // It did not get there within hostDeadline.
  kDeadline,
};

struct HostState {
  // Can be given something to do and will tell how it went.
  bool reachable = false;
  // Its ready generations hold less than all of the weight together, or nobody
  // knows.
  bool unavailable = false;
  // Has begun a change and has neither got there nor failed, where a share of
  // its connections is no place to be; or has not reported since the controller
  // started, and its lease runs.
  bool in_change = false;
  // Has more than one live generation, or is about to, or, as long as it has
  // not reported, may have.
  bool overlapping = false;
  // Has got to what it was asked for, but is not yet marked so in its record.
  bool settles = false;
  Failure failure = Failure::kNone;
  // Why it failed.
  std::string message;
  // The revision clients reach, ready or, failing that, merely alive; empty:
  // none.
  std::string serving;
  // A revision kept for the way back, ready; empty: none.
  std::string warm;
  // When time alone will change this state.
  absl::Time next = absl::InfiniteFuture();
};

HostState Classify(const HostView& host, const PlanView& plan);

// A generation beside this one that is neither gone, nor kept without clients
// on purpose, nor has the share that it shall have: the host is not there
// before it is. Null: there is none.
const GenerationView* FindUnrested(const HostView& host,
                                   const GenerationView& chosen);

// Whether the host has been asked for the revision.
bool IsAssigned(const HostView& host, const std::string& revision);

// Has been asked for the revision alone, or with a warm predecessor, and got
// there once.
bool IsSettledOn(const HostView& host, const std::string& revision);

// The newest generation of what it was asked for failed, when it was asked for
// it last.
bool HasFailed(const HostView& host);

// Has failed, and where a host is asked again so many times it can be.
bool MayBeAskedAgain(const HostView& host, int retries);

// From when on it is: 10 s after it was asked for the first time, 20 s after
// the second one and so on, but within half of its deadline. What is broken for
// a moment may be well by then.
absl::Time RetryAt(const HostView& host, const StrategyView& strategy);

// The rollout is not complete before this host was asked: it can be reached or
// is expected back, and nobody has cordoned it.
bool IsExpected(const HostView& host);

// Two revisions shall share its connections.
bool IsShared(const HostView& host);

// A live generation of the revision is there and passes its probe.
bool IsReady(const HostView& host, const std::string& revision);
bool IsLive(const HostView& host, const std::string& revision);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_HOST_STATE_H_
