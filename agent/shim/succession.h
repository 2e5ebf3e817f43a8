// SPDX-License-Identifier: Apache-2.0
//
// A service that upgrades itself: asked by a signal, a generation starts the
// next one, which inherits its listeners (nginx and gunicorn on USR2, programs
// with tableflip). The shim finds the new main process and follows it; the
// sockets are both generations' until one of them is gone.
//
//   Await, Ask -> Find, again and again -> Prove, again and again -> OnGone

#ifndef AGENT_SHIM_SUCCESSION_H_
#define AGENT_SHIM_SUCCESSION_H_

#include "absl/status/status.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/generation.h"
#include "agent/shim/generation_trees.h"
#include "agent/shim/proc_fs.h"

namespace rollout::shim {

// Not thread-safe.
class Succession {
 public:
  // All must outlive this.
  Succession(Generations& generations, EndpointGroups& groups,
             const GenerationTrees& trees)
      : generations_(generations), groups_(groups), trees_(trees) {}

  // Has `heir` awaited of the predecessor that its request names.
  // FailedPrecondition, and nothing was touched: this one can't, and why.
  absl::Status Await(Generation& heir);
  // Signals that one then. As pidfd_send_signal(2) fails.
  absl::Status Ask(const Generation& heir) const;

  // Looks for the main process of one that is awaited: a new process of the
  // predecessor's that has executed a program and has all of the listeners.
  // True: it is there now, in groups of its own, and has the listeners, too.
  bool Find(Generation& heir);

  // It is not waited for any more: ends what the predecessor has started for it
  // all the same, a program of the same name that did not take the listeners.
  void GiveUp(const Generation& heir) const;

  // Whether that one has accepted a connection on each endpoint; then it is
  // awaited no more. Until then its predecessor may give all the answers.
  bool Prove(Generation& heir);

  // In a shim that goes on where another one was: who shares has it again.
  void Resume();

  // The one that `generation` was asked to start, found or not, while they both
  // live; null: none.
  Generation* HeirOf(const Generation& generation) const;

  // Looks for the main process that one which has forked has left in its place,
  // in its pid file. True: it is there now.
  bool FindFork(Generation& generation) const;

  // Without weight it still takes clients: it shares its listeners, and there
  // is no signal for it to stop.
  bool IsRestless(const Generation& generation) const;

  // Clients are led to its heir, or are led to it again: tells its main process
  // so, where there is a signal for that.
  void OnRetired(Generation& generation) const;
  void OnRestored(Generation& generation) const;

  // No process of it is left: what it had in common with another is the other's
  // alone, and so is what was between the two and the shim. Returns that other,
  // null: it had nothing in common.
  Generation* OnGone(Generation& generation);

 private:
  absl::Status CheckCanAsk(const Generation& heir,
                           const Generation& predecessor) const;
  Generation* PredecessorOf(const Generation& heir) const;
  absl::Status Follow(Generation& heir, const ProcessEntry& main);

  Generations& generations_;
  EndpointGroups& groups_;
  const GenerationTrees& trees_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SUCCESSION_H_
