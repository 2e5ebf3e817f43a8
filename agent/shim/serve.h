// SPDX-License-Identifier: Apache-2.0
//
// The shim's work, from its first or its predecessor's last moment to its end.
// In a process that a keeper keeps: one thread.

#ifndef AGENT_SHIM_SERVE_H_
#define AGENT_SHIM_SERVE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "agent/shim/keeper.h"

namespace rollout::shim {

struct ShimOptions {
  std::string service;
  // Path of the control socket.
  std::string socket;
  uint32_t mark_base = 0;
  // What another program has handed over, see renewal.h: descriptors, -1: none.
  int state = -1;
  int previous = -1;
  // Gets a byte when the shim can be talked to, and is closed; -1: none.
  int ready = -1;
};

// Whether this one has come from another program, and not got as far as to keep
// a state of its own.
bool IsBeingRenewed(const ShimOptions& options, const KeptMemory& memory);

// Until the agent asks for the end. Goes on where a predecessor's state in
// `kept.memory` says. Errors: it could not begin. Ends the process where it may
// close nothing on the way: to go on in another program, or because what was
// left can't be taken up.
absl::Status Serve(const ShimOptions& options, const Kept& kept);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SERVE_H_
