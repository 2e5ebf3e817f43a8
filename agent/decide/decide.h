// SPDX-License-Identifier: Apache-2.0
//
// Decides what a host does next for one service: a snapshot in, at most one
// kind of change out. Pure: no clock, no I/O; safe from any thread.
//
// The rules, first match wins:
//   1. A generation that can't serve is given up: it exited by itself, was not
//      ready in time, has a problem the shim names, or turned unhealthy or
//      fails too often while one older than it could take its clients.
//   2. New connections go where the assignment says once all who shall get
//      some are able; until then they stay; when one who has some is dead or
//      given up, or nobody has any, they go to one that is able.
//   3. What nothing is left of, and no client can reach, is forgotten.
//   4. What is not wanted, was given up, has a successor of its own revision,
//   or
//      takes clients all the same is drained, if it has no weight.
//   5. What is wanted and not there is fetched, then started. A service that
//      upgrades itself starts one at a time, and none that shall have no
//      clients.
// Nothing that serves is ended before another serves in its place, so a
// service is never without a generation because of a decision. Services that
// can't run twice are the exception: see turns.h.

#ifndef AGENT_DECIDE_DECIDE_H_
#define AGENT_DECIDE_DECIDE_H_

#include "agent/decide/decision.h"
#include "agent/decide/service_view.h"

namespace rollout::agent {

Decision Decide(const ServiceView& service);

}  // namespace rollout::agent

#endif  // AGENT_DECIDE_DECIDE_H_
