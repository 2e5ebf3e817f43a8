// SPDX-License-Identifier: Apache-2.0
//
// Where a generation is in its life:
//
//   FETCHING -> STARTING -> LISTENING -> READY -> SERVING <-> WARM
//                  |            |          |         |          |
//                  +------------+----------+---------+----------+
//                                          |
//                                       DRAINING -> EXITED
//
// and FAILED from any, once a decision gave it up. The phase follows from the
// facts; nothing stores it.
//
// Pure: safe from any thread.

#ifndef AGENT_DECIDE_PHASE_H_
#define AGENT_DECIDE_PHASE_H_

#include "agent/decide/service_view.h"

namespace rollout::agent {

enum class Phase {
  kFetching,   // its artifact is on the way; there is no generation yet
  kStarting,   // runs; not every endpoint has a listener
  kListening,  // every endpoint has one; the probe has not passed
  kReady,      // could serve; no client reaches it
  kServing,    // clients reach it
  kWarm,       // has served; kept for the way back
  kDraining,   // finishes what it has
  kExited,     // nothing of it is left
  kFailed,     // given up, whatever is left of it
};

Phase PhaseOf(const GenerationView& generation);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_PHASE_H_
