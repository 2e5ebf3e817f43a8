// SPDX-License-Identifier: Apache-2.0
//
// What keeps a rollout from going on, for the people who watch it.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_WAITING_H_
#define CONTROLLER_DECIDE_WAITING_H_

#include <string>

#include "controller/decide/step.h"

namespace rollout::decide {

// Whether any host is on its way. One that shares its connections as it shall
// is in change and stands still.
bool AnyMoves(const Classified& hosts);

struct Waiting {
  // "NoHosts", "Frozen", "HostsUnavailable", "FleetLimit" or "HostsCordoned";
  // empty: it waits for nothing.
  std::string reason;
  // For people: which hosts, and what to do.
  std::string message;
};

// Of a rollout that goes forward and has no step to take now: nothing while any
// host is on its way, for that one will bring the next step.
Waiting WhatItWaitsFor(const Classified& hosts, const Target& target);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_WAITING_H_
