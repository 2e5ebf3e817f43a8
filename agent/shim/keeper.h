// SPDX-License-Identifier: Apache-2.0
//
// The process beside the shim. It does nothing but wait, and has all the shim
// has: the two share one table of descriptors (clone(2), CLONE_FILES), some
// memory (kept_memory.h), and the shim's children become the keeper's when it
// dies. So when the shim is lost, another one goes on where it was: nothing has
// been closed, no exit status is missed.
//
//   rollout-keeper ──┬─ rollout-shim      all the work
//                    └─ what a lost shim was the parent of
//
// The shim sees to it in turn: should the keeper be lost, the shim goes on as
// the keeper of another one.

#ifndef AGENT_SHIM_KEEPER_H_
#define AGENT_SHIM_KEEPER_H_

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "agent/shim/kept_memory.h"

namespace rollout::shim {

// What a shim is given by its keeper.
struct Kept {
  KeptMemory& memory;
  pid_t keeper = 0;
  // An eventfd, the keeper's: there are new ones among `memory.endings`.
  int endings = -1;
  // How many were lost before this one.
  uint32_t losses = 0;
};

// With this a shim ends that has saved another program to go on with.
constexpr int kGoOnInNext = 64;

struct KeeperTasks {
  // The shim, in a process of its own: again each time that is killed, or ends
  // badly after it has saved a state. Returns its exit status.
  std::function<int(const Kept&)> work;
  // It has asked for another program, see above. Returns if that can't be.
  std::function<void()> go_on_in_next;
  // So many were lost.
  std::function<void(uint32_t losses)> on_lost;
};

// A status of waitid(2), as wait(2) has it.
int WaitStatusOf(const siginfo_t& info);

// Keeps the shim until it ends as it wants to: returns its exit status. Call
// with one thread.
int Keep(KeptMemory& memory, const KeeperTasks& tasks);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_KEEPER_H_
