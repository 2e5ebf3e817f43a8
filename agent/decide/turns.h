// SPDX-License-Identifier: Apache-2.0
//
// Decisions for a service that can't run twice (handover exclusive): its
// generations take turns, and clients wait in between.
//
//   1. The turn is that of the revision with the most weight; when that was
//      given up, of the newest other one.
//   2. Whose turn it is gets the clients as soon as it is able.
//   3. What it needs is fetched before anything is touched.
//   4. Then new connections wait (hold), and whoever had them is drained.
//   5. When no process of another generation is left, it is started.
//
// Pure: safe from any thread.

#ifndef AGENT_DECIDE_TURNS_H_
#define AGENT_DECIDE_TURNS_H_

#include "agent/decide/decision.h"
#include "agent/decide/service_view.h"

namespace rollout::agent {

// Something that is wanted, or runs, must not run beside another.
bool TakesTurns(const ServiceView& service);

// Of such a service, when no generation has to be given up.
Decision DecideTurn(const ServiceView& service);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_TURNS_H_
