// SPDX-License-Identifier: Apache-2.0
//
// Takes each generation along its phases: out of its weight, through drain or
// kill, to its end. Looks at the world again and again, every 0.25 to 10 ms,
// while that alone shows a change; what happens by itself (an exit) brings a
// look at once.

#ifndef AGENT_SHIM_LIFECYCLE_H_
#define AGENT_SHIM_LIFECYCLE_H_

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/shim/client_watch.h"
#include "agent/shim/drain_terms.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/epoll_loop.h"
#include "agent/shim/generation.h"
#include "agent/shim/generation_trees.h"
#include "agent/shim/hold.h"
#include "agent/shim/share.h"
#include "agent/shim/succession.h"

namespace rollout::shim {

// Not thread-safe.
class Lifecycle {
 public:
  // Marks begin at `mark_base`; `keeper`: see GenerationTrees. The others must
  // outlive this.
  Lifecycle(uint32_t mark_base, pid_t keeper, Generations& generations,
            EndpointGroups& groups, const Hold& hold, EpollLoop& loop)
      : mark_base_(mark_base),
        generations_(generations),
        groups_(groups),
        hold_(hold),
        loop_(loop),
        trees_(generations, keeper),
        clients_(trees_, groups),
        succession_(generations, groups, trees_) {}
  ~Lifecycle() { loop_.CancelTimer(this); }

  // Children have been reaped: a look, and perhaps an end.
  void OnReaped();

  // Has the end of a main process told that is no child of ours.
  absl::Status WatchEnd(Generation& generation);

  // It may have got its last listener.
  static void NoteListening(Generation& generation);

  // Something has changed: advances what can be, now and as long as needed.
  void Look();

  // Puts the generations' weights and the hold in force: all of them, or none
  // and the error. Keeps the record of who lost and who got clients by it.
  absl::Status Steer();

  // Running -> Emptying. `terms` are those of a drain that began at `now`.
  void BeginDrain(Generation& generation, const DrainTerms& terms,
                  uint64_t now);
  // To Killed from any phase before it.
  void Kill(Generation& generation, absl::string_view reason);

  // Listeners that the generation has closed, so that only the shim holds them,
  // get no client any more and leave their groups.
  void DropAbandonedListeners(const Generation& generation);

  const GenerationTrees& trees() const { return trees_; }
  Succession& succession() { return succession_; }

 private:
  // Times of a next look: after the interval, which grows; none is needed.
  static constexpr uint64_t kSoon = 0;
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

  void LookAgain();
  Shares MakeShares() const;
  void Retire(Generation& generation);
  void BeginRetirement(Generation& generation, uint64_t now_ns);
  void CancelRetirement(Generation& generation);

  // The service upgrades itself, and the old one has ended. One of the
  // processes it has left may become its heir yet; whoever came to it comes to
  // its heir.
  bool LeavesAnHeirToBe(const Generation& generation);
  void PassOnWeight(Generation& generation);

  // Each returns when the next look is due, if nothing brings one before.
  uint64_t Advance(Generation& generation);
  uint64_t AdvanceHeadStart(Generation& generation);
  uint64_t AdvanceRunning(Generation& generation);
  uint64_t AdvanceAwaited(Generation& generation);
  uint64_t AdvanceRetirement(Generation& generation);
  uint64_t AdvanceEmptying(Generation& generation);
  uint64_t AdvanceEnding(Generation& generation);
  uint64_t AdvanceGone(Generation& generation);
  uint64_t SignalAgain(Generation& generation, uint64_t now);

  static void DropFork(Generation& generation);
  std::vector<ProcessEntry> EndingTree(const Generation& generation) const;
  void Signal(Generation& generation, absl::string_view reason);
  void OnTreeGone(Generation& generation);

  const uint32_t mark_base_;
  Generations& generations_;
  EndpointGroups& groups_;
  const Hold& hold_;
  EpollLoop& loop_;
  const GenerationTrees trees_;
  const ClientWatch clients_;
  Succession succession_;
  uint64_t interval_ns_ = 0;
  // When children were reaped that brought this look; 0: something else did.
  uint64_t reaped_ns_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_LIFECYCLE_H_
