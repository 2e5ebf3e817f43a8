// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the hosts of a plan that is being removed:
//
//   keeps it    without stop: its assignment goes, what runs there runs on
//   is told     with stop: ends the service, and says when nothing is left
//   has ended   has said so for this very removal: its assignment goes
//
// The plan goes when no host is left that has to do with it.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_REMOVAL_H_
#define CONTROLLER_DECIDE_REMOVAL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "controller/decide/why.h"

namespace rollout::decide {

// A host that was given the service, or says that it has it.
struct RemovingHost {
  std::string name;
  // Its assignment is stored.
  bool assigned = false;
  // It says that it has the service.
  bool has_it = false;
  // It has said, of this removal, that nothing is left.
  bool ended = false;
  bool connected = false;
  // Its agent understands removals; what one that does not was told it has not
  // heard.
  bool takes_removals = false;
};

struct RemovalView {
  bool stop = false;
  std::vector<RemovingHost> hosts;
};

struct RemovalDecision {
  // Indexes of hosts whose assignment goes.
  std::vector<size_t> release;
  // Nobody is waited for: the plan goes.
  bool finished = false;
};

RemovalDecision DecideRemoval(const RemovalView& view);

// What the removal waits for there. Rules: "Disconnected", "AgentTooOld",
// "Removing"; none: nothing.
HostWhy WhyNotRemoved(const RemovalView& view, const RemovingHost& host);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_REMOVAL_H_
