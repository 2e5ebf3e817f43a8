// SPDX-License-Identifier: Apache-2.0
//
// The way out of a generation: drain, signal, kill, and what is seen to when no
// process is left.

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/shim/connections.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/lifecycle.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/process_tree.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {

void Lifecycle::BeginDrain(Generation& generation, const DrainTerms& terms,
                           uint64_t now) {
  DropFork(generation);
  if (generation.awaited != nullptr && generation.main == 0) {
    generation.times.set_drain_began_ns(now);
    return Kill(generation, "it has not come, and is not wanted any more");
  }
  if (generation.awaited != nullptr) generation.awaited->trial.reset();
  generation.drain = terms;
  generation.times.set_drain_began_ns(now);
  if (!generation.retirement.has_value()) BeginRetirement(generation, now);
  generation.MoveTo(Phase::kEmptying, "asked to drain");
}

// All that is left of it is to end: none of it is the main process.
void Lifecycle::DropFork(Generation& generation) {
  if (!std::exchange(generation.has_forked, false)) return;
  generation.main_ended = true;
}

void Lifecycle::Kill(Generation& generation, absl::string_view reason) {
  DropFork(generation);
  // It may have come just now.
  if (generation.awaited != nullptr && generation.main == 0) {
    if (succession_.Find(generation)) {
      absl::Status status = WatchEnd(generation);
      if (!status.ok()) LogError(status.message());
    } else {
      succession_.GiveUp(generation);
      generation.main_ended = generation.exit_untold = true;
    }
  }
  // After a crash not by a walk, for which its clients would have to wait: who
  // has left the group becomes a child of ours when its parents are dead, and
  // is killed then.
  std::vector<ProcessEntry> tree =
      generation.main_ended ? trees_.Of(generation) : trees_.Walk(generation);
  if (!tree.empty()) {
    generation.killed = true;
    auto connections =
        CountClients(generation.EndpointAddresses(),
                     HeldSockets(tree).value_or(std::set<uint64_t>()));
    if (connections.ok()) {
      generation.connections_cut += connections->connected;
      generation.connections_carried =
          std::max(generation.connections_carried, connections->connected);
    }
  }
  GenerationTrees::Kill(generation, tree);
  generation.MoveTo(Phase::kKilled, reason);
}

uint64_t Lifecycle::AdvanceEmptying(Generation& generation) {
  uint64_t now = NowNs();
  if (now >= generation.drain.kill_at_ns) {
    Kill(generation, "the drain's time is over");
  } else if (now >= generation.drain.signal_at_ns) {
    clients_.IsQuiet(generation, now);  // counts what is left
    Signal(generation, "waited long enough for connections to end");
  } else if (succession_.IsRestless(generation)) {
    Signal(generation, "it takes clients until it is told to end");
  } else if (clients_.IsQuiet(generation, now)) {
    Signal(generation, "no client is left");
  }
  return kSoon;
}

// The last process to end is a child of ours, by birth or because we are the
// subreaper: it brings a look. Only time and SIGKILL need more.
uint64_t Lifecycle::AdvanceEnding(Generation& generation) {
  if (generation.main_ended) {
    std::vector<ProcessEntry> tree = trees_.Of(generation);
    if (tree.empty()) {
      OnTreeGone(generation);
      return kSoon;
    }
    if (generation.phase() == Phase::kKilled) {
      generation.killed = true;
      GenerationTrees::Kill(generation, tree);
      return kSoon;
    }
    if (!generation.leftovers_signalled) {
      generation.leftovers_signalled = true;
      SignalProcesses(trees_.Walk(generation), generation.drain.signal);
    }
  }
  if (generation.phase() == Phase::kKilled) return kSoon;
  const uint64_t now = NowNs();
  if (now >= generation.drain.kill_at_ns) {
    Kill(generation, "the drain's time is over");
    return kSoon;
  }
  const uint64_t due = SignalAgain(generation, now);
  // What is left of an adoptee is no child of ours.
  const bool nobody_tells =
      generation.main_ended &&
      (generation.adoptee != nullptr || generation.exit_untold);
  return nobody_tells ? kSoon : due;
}

// When that is due, or the end of the time where no second signal is left.
uint64_t Lifecycle::SignalAgain(Generation& generation, uint64_t now) {
  DrainTerms& terms = generation.drain;
  if (terms.second_signal == 0) return terms.kill_at_ns;
  const uint64_t second_at =
      LaterNs(generation.times.signalled_ns(), terms.second_after_ns);
  if (now < second_at) return std::min(terms.kill_at_ns, second_at);
  SignalProcesses(EndingTree(generation),
                  std::exchange(terms.second_signal, 0));
  return terms.kill_at_ns;
}

// Whom a signal is for: the main process, which sees to the others, while it
// lives; then all that is left.
std::vector<ProcessEntry> Lifecycle::EndingTree(
    const Generation& generation) const {
  if (generation.main_ended) return trees_.Walk(generation);
  auto main = ReadProcess(generation.main);
  return main.has_value() ? std::vector<ProcessEntry>{*main}
                          : std::vector<ProcessEntry>();
}

void Lifecycle::OnTreeGone(Generation& generation) {
  generation.MoveTo(Phase::kGone, "no process is left");
  generation.hopeless_ns = NowNs();
  generation.times.set_gone_ns(reaped_ns_ != 0 ? reaped_ns_
                                               : generation.hopeless_ns);
  if (const Generation* other = succession_.OnGone(generation)) {
    DropAbandonedListeners(*other);
  }
  if (generation.seccomp.valid()) loop_.Unwatch(generation.seccomp.get());
  generation.seccomp.reset();
  generation.notify.reset();
  generation.output.reset();
  absl::Status status = Steer();
  if (!status.ok()) LogError(status.message());
  ReadFigures(generation);
  RemoveGroups(generation);
}

uint64_t Lifecycle::AdvanceGone(Generation& generation) {
  // While it has weight its listeners hold what clients send.
  if (generation.weight > 0) return kNever;
  groups_.Leave(generation.number());
  groups_.CloseLeaving();
  uint64_t now = NowNs();
  if (groups_.Queued(generation.number()) > 0) {
    // It may have to wait for a dark listener to get weight or leave. Where
    // queues don't move, or nobody else is there, waiting is for nothing.
    bool has_hope =
        groups_.QueueMoves(generation.number()) && !groups_.shares().empty();
    if (has_hope && now < LaterNs(generation.hopeless_ns,
                                  generation.request.handshake_grace_ns())) {
      return kSoon;
    }
    generation.connections_cut += groups_.CutQueue(generation.number());
    groups_.CloseLeaving();
  }
  if (generation.times.queue_empty_ns() == 0) {
    generation.times.set_queue_empty_ns(now);
  }
  generation.times.set_ended_ns(now);
  generation.MoveTo(Phase::kEnded, "its queue is empty");
  return kNever;
}

void Lifecycle::Signal(Generation& generation, absl::string_view reason) {
  generation.times.set_signalled_ns(NowNs());
  if (!generation.main_ended) {
    syscall(SYS_pidfd_send_signal, generation.pidfd.get(),
            generation.drain.signal, nullptr, 0);
  }
  generation.MoveTo(Phase::kSignalled, reason);
}

}  // namespace rollout::shim
