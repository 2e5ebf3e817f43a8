// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/lifecycle.h"

#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/shim/connections.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/socket_facts.h"
#include "base/log.h"
#include "base/scheduling.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

constexpr uint64_t kFirstIntervalNs = 250000;
constexpr uint64_t kLastIntervalNs = 10000000;
// Each interval is longer than the last by so much of it, so what is looked for
// is seen late by no more of the time that it took.
constexpr uint64_t kGrowth = 4;
// A look that costs much (many processes, many connections) is followed by so
// many times as much for others, at first and when it has taken long.
constexpr uint64_t kFirstRest = 3;
constexpr uint64_t kRest = 9;
// A SYN that the list of handshakes misses ends in a queue that moves when the
// generation is gone; where queues don't move, more caution is due.
constexpr uint64_t kSettleNs = 200000;
constexpr uint64_t kCautiousSettleNs = 1000000;
// After a crash the agent's answer, who gets the clients, is waited for so long
// before what is left is cleaned away.
constexpr uint64_t kAnswerNs = 2000000;
constexpr uint64_t kAskAgainNs = 100000000;
constexpr uint32_t kWholeWeight = 1000;

// What this thread has had of a processor. A look that waits takes it from
// nobody.
uint64_t SpentNs() {
  timespec spent;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<uint64_t>(spent.tv_sec) * 1000000000u + spent.tv_nsec;
}

// It crashed, and that left no other process of its own.
bool IsAllDead(const Generation& generation) {
  return generation.main_ended && !generation.killed;
}

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

void Lifecycle::NoteListening(Generation& generation) {
  if (generation.times.listening_ns() == 0 &&
      generation.listeners->AllListen()) {
    generation.times.set_listening_ns(NowNs());
  }
}

absl::Status Lifecycle::WatchEnd(Generation& generation) {
  const int pidfd = generation.pidfd.get();
  return loop_.Watch(pidfd, EPOLLIN, [this, &generation, pidfd](uint32_t) {
    loop_.Unwatch(pidfd);
    // One that has become our child since tells more, by SIGCHLD.
    siginfo_t info{};
    const bool is_ours =
        waitid(P_PID, generation.main, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (generation.main_ended || is_ours) return;
    generation.main_ended = generation.exit_untold = true;
    ReadFigures(generation);
    OnReaped();
  });
}

void Lifecycle::Look() {
  interval_ns_ = kFirstIntervalNs;
  LookAgain();
}

void Lifecycle::LookAgain() {
  const uint64_t before = SpentNs();
  uint64_t next = kNever;
  for (auto& [number, generation] : generations_) {
    Phase phase;
    do {
      phase = generation->phase();
      next = std::min(next, Advance(*generation));
      // The agent hears of a crash before what it left is cleaned away.
      if (phase == Phase::kRunning && IsAllDead(*generation)) break;
    } while (generation->phase() != phase);
  }
  groups_.CloseLeaving();
  if (next == kNever) return loop_.CancelTimer(this);
  if (next == kSoon) {
    const uint64_t cost = SpentNs() - before;
    next = NowNs() + std::max(interval_ns_, kFirstRest * cost);
    interval_ns_ = std::min(interval_ns_ + interval_ns_ / kGrowth,
                            std::max(kLastIntervalNs, kRest * cost));
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
  succession_.OnRetired(generation);
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
  succession_.OnRestored(generation);
  generation.retirement.reset();
  generation.times.set_retired_ns(0);
  generation.times.set_queue_empty_ns(0);
}

void Lifecycle::DropAbandonedListeners(const Generation& generation) {
  if (generation.shares_listeners) return;  // they may be the other's
  const auto held = HeldSockets(trees_.Walk(generation));
  if (!held.has_value()) return;
  groups_.Abandon(generation.number(), *held);
  groups_.CloseLeaving();
}

uint64_t Lifecycle::Advance(Generation& generation) {
  const uint64_t due =
      std::min(AdvanceRetirement(generation), AdvanceHeadStart(generation));
  switch (generation.phase()) {
    case Phase::kRunning:
      return std::min(due, AdvanceRunning(generation));
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

// Until who starts in its session has clients, who wait for nothing else: it,
// or one it was asked to start.
uint64_t Lifecycle::AdvanceHeadStart(Generation& generation) {
  // What comes after it has the same session, or is its end.
  if (generation.head_start_ends_ns == 0 || generation.has_forked ||
      generation.main_ended) {
    return kNever;
  }
  const Generation* heir = succession_.HeirOf(generation);
  const bool is_up = (heir == nullptr ? generation : *heir).weight > 0;
  if (!is_up && NowNs() < generation.head_start_ends_ns) {
    return generation.head_start_ends_ns;
  }
  if (!EndHeadStart(generation.main)) return NowNs() + kAskAgainNs;
  generation.head_start_ends_ns = 0;
  return kNever;
}

uint64_t Lifecycle::AdvanceRunning(Generation& generation) {
  if (generation.awaited != nullptr) return AdvanceAwaited(generation);
  if (generation.has_forked) {
    if (succession_.FindFork(generation)) return kSoon;
    if (!trees_.Of(generation).empty()) return kSoon;
    generation.has_forked = false;
    generation.main_ended = true;
  }
  if (!generation.main_ended) return kNever;
  if (LeavesAnHeirToBe(generation)) return kSoon;
  PassOnWeight(generation);
  Kill(generation, "its main process has ended");
  return IsAllDead(generation) ? NowNs() + kAnswerNs : kSoon;
}

uint64_t Lifecycle::AdvanceAwaited(Generation& generation) {
  const bool has_come = succession_.Find(generation);
  if (has_come) {
    absl::Status status = WatchEnd(generation);
    if (!status.ok()) LogError(status.message());
    interval_ns_ = kFirstIntervalNs;  // that it accepts is another wait
  }
  if (generation.main_ended) {
    Kill(generation, "its main process has ended");
    return kSoon;
  }
  if (generation.main != 0) {
    if (!succession_.Prove(generation)) {
      const std::optional<Trial>& trial = generation.awaited->trial;
      return trial.has_value() ? NowNs() + trial->pause_ns() : kSoon;
    }
    NoteListening(generation);
    return kNever;
  }
  auto predecessor =
      generations_.find(generation.request.upgrade().predecessor());
  if (predecessor != generations_.end() &&
      predecessor->second->phase() < Phase::kGone) {
    return kSoon;
  }
  generation.listeners->OnProblem("its predecessor ended without starting it");
  Kill(generation, "its predecessor is gone");
  return kSoon;
}

bool Lifecycle::LeavesAnHeirToBe(const Generation& generation) {
  Generation* heir = succession_.HeirOf(generation);
  if (heir == nullptr || heir->main != 0) return false;
  AdvanceAwaited(*heir);
  return heir->main == 0 && !trees_.Of(generation).empty();
}

void Lifecycle::PassOnWeight(Generation& generation) {
  Generation* heir = succession_.HeirOf(generation);
  if (heir == nullptr || !heir->shares_listeners) return;
  heir->weight += std::exchange(generation.weight, 0);
  absl::Status status = Steer();
  if (!status.ok()) LogError(status.message());
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

}  // namespace rollout::shim
