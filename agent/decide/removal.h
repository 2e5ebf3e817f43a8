// SPDX-License-Identifier: Apache-2.0
//
// Decisions for a service that shall be gone, by its removal:
//
//   1. Nobody is meant to serve any more: no weights, and no client is held
//      back for a successor.
//   2. What runs is drained, as its plan says: who is connected and who waits
//      is served until then.
//   3. What nothing is left of is forgotten.
//   4. When nothing is left at all the shim ends.
// Nothing is started, nor given up: one that dies on the way has ended.
//
// Pure: safe from any thread.

#ifndef AGENT_DECIDE_REMOVAL_H_
#define AGENT_DECIDE_REMOVAL_H_

#include "agent/decide/decision.h"
#include "agent/decide/service_view.h"

namespace rollout::agent {

Decision DecideRemoval(const ServiceView& service);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_REMOVAL_H_
