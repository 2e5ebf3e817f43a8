// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/lifecycle.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "agent/shim/connections.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/process_tree.h"
#include "agent/shim/socket_facts.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint64_t kFirstIntervalNs = 250000;
constexpr uint64_t kLastIntervalNs = 10000000;
// A look that takes long (many processes, many connections) is followed by so
// many times as much for others.
constexpr uint64_t kRest = 9;
// Times of a next look: after the interval, which grows; none is needed.
constexpr uint64_t kSoon = 0;
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
// A SYN that the list of handshakes misses ends in a queue that moves when the
// generation is gone; where queues don't move, more caution is due.
constexpr uint64_t kSettleNs = 200000;
constexpr uint64_t kCautiousSettleNs = 1000000;
constexpr uint32_t kWholeWeight = 1000;

uint32_t PermilleOf(const Shares& shares, uint64_t generation) {
  for (const Share& share : shares) {
    if (share.generation == generation) return share.permille;
  }
  return 0;
}

}  // namespace

void Lifecycle::OnReaped() {
  reaped_ns_ = NowNs();
  Look();
  reaped_ns_ = 0;
}

void Lifecycle::Look() {
  interval_ns_ = kFirstIntervalNs;
  LookAgain();
}

void Lifecycle::LookAgain() {
  const uint64_t began = NowNs();
  uint64_t next = kNever;
  for (auto& [number, generation] : generations_) {
    Phase phase;
    do {
      phase = generation->phase();
      next = std::min(next, Advance(*generation));
    } while (generation->phase() != phase);
  }
  groups_.CloseLeaving();
  if (next == kNever) return loop_.CancelTimer(this);
  if (next == kSoon) {
    const uint64_t now = NowNs();
    next = now + std::max(interval_ns_, kRest * (now - began));
    interval_ns_ = std::min(2 * interval_ns_, kLastIntervalNs);
  }
  loop_.SetTimer(this, next, [this] { LookAgain(); });
}

absl::Status Lifecycle::Steer() {
  Shares before = groups_.shares();
  Shares next = MakeShares();
  if (before == next) return absl::OkStatus();
  uint64_t began_ns = NowNs();
  RETURN_IF_ERROR(groups_.Steer(next));
  uint64_t ended_ns = NowNs();
  for (auto& [number, generation] : generations_) {
    bool did_serve = Serves(before, number), serves = Serves(next, number);
    if (did_serve && !serves) Retire(*generation);
    if (!did_serve && serves) CancelRetirement(*generation);
    if (PermilleOf(next, number) == kWholeWeight &&
        PermilleOf(before, number) != kWholeWeight) {
      generation->times.set_flip_began_ns(began_ns);
      generation->times.set_flip_ended_ns(ended_ns);
    }
  }
  return absl::OkStatus();
}

Shares Lifecycle::MakeShares() const {
  Shares staying, going;
  for (const auto& [number, generation] : generations_) {
    bool is_over = generation->phase() >= Phase::kGone;
    if (is_over && generation->weight == 0) continue;
    bool stays = generation->phase() == Phase::kRunning;
    (stays ? staying : going)
        .push_back({number, mark_base_ + static_cast<uint16_t>(number),
                    generation->weight});
  }
  if (hold_.is_on()) {
    staying.push_back({EndpointGroup::kHolder, mark_base_, kWholeWeight});
  }
  staying.insert(staying.end(), going.begin(), going.end());
  return staying;
}

void Lifecycle::Retire(Generation& generation) {
  uint64_t now = NowNs();
  generation.times.set_retired_ns(now);
  generation.queue_peak = 0;
  if (generation.phase() >= Phase::kGone) {
    generation.hopeless_ns = now;
    return;
  }
  BeginRetirement(generation, now);
}

void Lifecycle::BeginRetirement(Generation& generation, uint64_t now) {
  generation.times.set_queue_empty_ns(0);
  generation.queued_ns = 0;
  generation.retirement.emplace(generation.EndpointAddresses(), now,
                                generation.request.handshake_grace_ns(),
                                QueuesMove() ? kSettleNs : kCautiousSettleNs);
}

void Lifecycle::CancelRetirement(Generation& generation) {
  generation.retirement.reset();
  generation.times.set_retired_ns(0);
  generation.times.set_queue_empty_ns(0);
}

void Lifecycle::BeginDrain(Generation& generation, const DrainTerms& terms,
                           uint64_t now) {
  generation.drain = terms;
  generation.times.set_drain_began_ns(now);
  if (!generation.retirement.has_value()) BeginRetirement(generation, now);
  generation.MoveTo(Phase::kEmptying, "asked to drain");
}

void Lifecycle::Kill(Generation& generation, absl::string_view reason) {
  std::vector<ProcessEntry> tree = trees_.Walk(generation);
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

void Lifecycle::DropAbandonedListeners(const Generation& generation) {
  const auto held = HeldSockets(trees_.Walk(generation));
  if (!held.has_value()) return;
  groups_.Abandon(generation.number(), *held);
  groups_.CloseLeaving();
}

uint64_t Lifecycle::Advance(Generation& generation) {
  const uint64_t due = AdvanceRetirement(generation);
  switch (generation.phase()) {
    case Phase::kRunning:
      if (!generation.main_ended) return due;
      Kill(generation, "its main process has ended");
      return kSoon;
    case Phase::kEmptying:
      return AdvanceEmptying(generation);
    case Phase::kSignalled:
    case Phase::kKilled:
      return std::min(due, AdvanceEnding(generation));
    case Phase::kGone:
      return AdvanceGone(generation);
    case Phase::kEnded:
      return kNever;
  }
  return kNever;
}

uint64_t Lifecycle::AdvanceRetirement(Generation& generation) {
  if (!generation.retirement.has_value() ||
      generation.times.queue_empty_ns() != 0 ||
      generation.phase() >= Phase::kGone) {
    return kNever;
  }
  bool over = generation.retirement->HandshakesOver(NowNs());
  uint32_t queued = groups_.Queued(generation.number());
  generation.queue_peak = std::max(generation.queue_peak, queued);
  if (!over || queued > 0) return kSoon;
  generation.times.set_queue_empty_ns(NowNs());
  return kNever;
}

uint64_t Lifecycle::AdvanceEmptying(Generation& generation) {
  uint64_t now = NowNs();
  if (now >= generation.drain.kill_at_ns) {
    Kill(generation, "the drain's time is over");
  } else if (now >= generation.drain.signal_at_ns) {
    clients_.IsQuiet(generation, now);  // counts what is left
    Signal(generation, "waited long enough for connections to end");
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
  DrainTerms& terms = generation.drain;
  uint64_t due = terms.kill_at_ns;
  if (terms.second_signal != 0) {
    const uint64_t second_at =
        LaterNs(generation.times.signalled_ns(), terms.second_after_ns);
    due = std::min(due, second_at);
    if (now >= second_at) {
      SignalProcesses(EndingTree(generation),
                      std::exchange(terms.second_signal, 0));
      due = terms.kill_at_ns;
    }
  }
  // What is left of an adoptee is no child of ours.
  const bool nobody_tells =
      generation.adoptee != nullptr && generation.main_ended;
  return nobody_tells ? kSoon : due;
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
  loop_.Unwatch(generation.seccomp.get());
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
