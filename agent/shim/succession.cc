// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/succession.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/connections.h"
#include "agent/shim/generation_groups.h"
#include "agent/shim/launch.h"
#include "agent/shim/process_tree.h"
#include "agent/shim/successor.h"
#include "agent/shim/trial.h"
#include "base/endpoint_address.h"
#include "base/log.h"
#include "base/scheduling.h"
#include "base/status_macros.h"
#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

constexpr uint32_t kWholeWeight = 1000;

absl::Status Refuse(absl::string_view why, absl::string_view remedy) {
  return absl::FailedPreconditionError(absl::StrCat(why, ": ", remedy));
}

bool Send(const Generation& generation, uint32_t signal) {
  return syscall(SYS_pidfd_send_signal, generation.pidfd.get(),
                 static_cast<int>(signal), nullptr, 0) == 0;
}

// Only where it is caught: what a signal does by default ends most programs.
void Tell(const Generation& generation, uint32_t signal) {
  if (signal == 0 || generation.main_ended) return;
  if (!CatchesSignal(generation.main, static_cast<int>(signal))) return;
  Send(generation, signal);
}

// Moves `main` and all below it into the groups of `heir`, with those that are
// forked meanwhile.
absl::Status MoveTree(const Generation& heir, const ProcessEntry& main) {
  std::set<pid_t> moved;
  for (bool again = true; again;) {
    again = false;
    for (const ProcessEntry& process : WithDescendants(main, ListProcesses())) {
      if (!moved.insert(process.pid).second) continue;
      again = true;
      absl::Status status;
      if (heir.group != nullptr) status.Update(heir.group->Take(process.pid));
      for (const auto& group : heir.limiting_groups) {
        status.Update(group->Take(process.pid));
      }
      // One that has ended meanwhile needs no group.
      if (!status.ok() && ReadProcess(process.pid).has_value()) return status;
    }
  }
  return absl::OkStatus();
}

// The first move to a group waits for what the kernel has under way (a grace
// period, milliseconds on a busy host), those soon after it don't: so one that
// moves nothing, while the heir starts.
void ExpectMove(const Generation& predecessor) {
  if (predecessor.group == nullptr) return;
  absl::Status status = predecessor.group->Take(predecessor.main);
  if (!status.ok()) LogWarning(status.message());
}

}  // namespace

absl::Status Succession::Await(Generation& heir) {
  Generation* predecessor = PredecessorOf(heir);
  if (predecessor == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("the shim knows no generation ",
                     heir.request.upgrade().predecessor(), " to upgrade"));
  }
  RETURN_IF_ERROR(CheckCanAsk(heir, *predecessor));
  RETURN_IF_ERROR(MakeGroups(heir));
  if (predecessor->group != nullptr && heir.group == nullptr) {
    return Refuse("there is no control group for the successor",
                  "see the shim's log");
  }
  auto awaited = std::make_unique<AwaitedProcess>();
  awaited->before = trees_.Of(*predecessor);
  awaited->predecessors_program = ProgramOf(predecessor->main);
  BeginHeadStart(predecessor->main);
  predecessor->head_start_ends_ns = NowNs() + kHeadStartNs;
  heir.times.set_started_ns(NowNs());
  heir.awaited = std::move(awaited);
  return absl::OkStatus();
}

absl::Status Succession::Ask(const Generation& heir) const {
  const Generation& predecessor = *PredecessorOf(heir);
  if (!Send(predecessor, heir.request.upgrade().signal())) {
    return absl::ErrnoToStatus(errno, "cannot signal the service");
  }
  ExpectMove(predecessor);
  return absl::OkStatus();
}

absl::Status Succession::CheckCanAsk(const Generation& heir,
                                     const Generation& predecessor) const {
  const std::string who =
      absl::StrCat("generation ", predecessor.number(), ", to be upgraded,");
  if (predecessor.phase() != Phase::kRunning || predecessor.main_ended ||
      predecessor.weight != kWholeWeight) {
    return Refuse(who + " does not serve all clients", "upgrade one that does");
  }
  if (predecessor.adoptee != nullptr) {
    return Refuse(who + " was started by somebody else",
                  "make its first swap with handover intercept");
  }
  for (const auto& [number, other] : generations_) {
    if (other->awaited == nullptr && !other->shares_listeners) continue;
    return Refuse(absl::StrCat("the service upgrades itself already, to or "
                               "from generation ",
                               number),
                  "end one of the two first");
  }
  if (heir.EndpointAddresses() != predecessor.EndpointAddresses() ||
      !predecessor.listeners->AllListen()) {
    return Refuse(who + " has other endpoints",
                  "use handover intercept or exclusive where they change");
  }
  const int signal = static_cast<int>(heir.request.upgrade().signal());
  if (!CatchesSignal(predecessor.main, signal)) {
    return Refuse(absl::StrCat(who, " has no handler for SIG",
                               sigabbrev_np(signal), ", which would end it"),
                  "see upgrade.signal, or use handover intercept");
  }
  return absl::OkStatus();
}

bool Succession::Find(Generation& heir) {
  Generation* predecessor = PredecessorOf(heir);
  if (predecessor == nullptr || heir.main != 0) return false;
  std::vector<ProcessEntry> tree = trees_.Of(*predecessor);
  if (heir.group != nullptr) {
    // Where a shim before this one was lost when it had moved it.
    for (const ProcessEntry& moved : trees_.Of(heir)) tree.push_back(moved);
  }
  const auto main =
      FindSuccessor(*heir.awaited, tree, groups_.Inodes(predecessor->number()),
                    heir.request.upgrade().pid_file());
  if (!main.has_value()) return false;
  absl::Status followed = Follow(heir, *main);
  if (!followed.ok()) {
    heir.listeners->OnProblem(std::string(followed.message()));
    SignalProcesses(WithDescendants(*main, ListProcesses()), SIGKILL);
    return false;
  }
  groups_.ShareSockets(predecessor->number(), heir.number());
  predecessor->shares_listeners = heir.shares_listeners = true;
  return true;
}

void Succession::GiveUp(const Generation& heir) const {
  const Generation* predecessor = PredecessorOf(heir);
  if (predecessor == nullptr) return;
  for (const ProcessEntry& stray :
       FindStrays(*heir.awaited, trees_.Of(*predecessor), predecessor->main)) {
    SignalProcesses(WithDescendants(stray, ListProcesses()), SIGKILL);
  }
}

bool Succession::Prove(Generation& heir) {
  AwaitedProcess& awaited = *heir.awaited;
  const std::vector<EndpointAddress> endpoints = heir.EndpointAddresses();
  while (awaited.proven_endpoints < endpoints.size()) {
    if (!awaited.trial.has_value()) {
      auto begun = Trial::Begin(*endpoints[awaited.proven_endpoints].ip());
      if (begun.ok()) awaited.trial = *std::move(begun);
      return false;
    }
    const auto accepted = awaited.trial->Look();
    if (!accepted.ok()) return false;
    const auto held = HeldSockets(trees_.Of(heir));
    const bool has_one =
        held.has_value() &&
        std::any_of(accepted->inodes.begin(), accepted->inodes.end(),
                    [&held](uint64_t inode) { return held->count(inode) > 0; });
    if (!has_one && !accepted->over) return false;
    awaited.trial.reset();
    if (!has_one) return false;
    ++awaited.proven_endpoints;
  }
  heir.awaited.reset();
  return true;
}

absl::Status Succession::Follow(Generation& heir, const ProcessEntry& main) {
  heir.pidfd = OpenProcess(main);
  if (!heir.pidfd.valid()) {
    return absl::UnavailableError("the successor ended at once");
  }
  RETURN_IF_ERROR(MoveTree(heir, main));
  heir.main = main.pid;
  return absl::OkStatus();
}

bool Succession::FindFork(Generation& generation) const {
  const pid_t named = ReadPidFile(generation.request.upgrade().pid_file());
  for (const ProcessEntry& process : trees_.Of(generation)) {
    if (process.pid != named) continue;
    UniqueFd pidfd = OpenProcess(process);
    if (!pidfd.valid()) return false;
    generation.pidfd = std::move(pidfd);
    generation.main = named;
    generation.has_forked = false;
    return true;
  }
  return false;
}

bool Succession::IsRestless(const Generation& generation) const {
  if (!generation.shares_listeners) return false;
  const Generation* heir = HeirOf(generation);
  return heir == nullptr || heir->request.upgrade().retire_signal() == 0;
}

Generation* Succession::PredecessorOf(const Generation& heir) const {
  auto found = generations_.find(heir.request.upgrade().predecessor());
  return found == generations_.end() ? nullptr : found->second.get();
}

void Succession::Resume() {
  for (const auto& [number, generation] : generations_) {
    const Generation* predecessor = PredecessorOf(*generation);
    if (generation->shares_listeners && predecessor != nullptr &&
        predecessor->shares_listeners) {
      groups_.ShareSockets(predecessor->number(), number);
    }
  }
}

Generation* Succession::HeirOf(const Generation& generation) const {
  for (const auto& [number, other] : generations_) {
    if (other->request.upgrade().predecessor() == generation.number() &&
        other->phase() < Phase::kGone &&
        (other->awaited != nullptr || other->shares_listeners)) {
      return other.get();
    }
  }
  return nullptr;
}

void Succession::OnRetired(Generation& generation) const {
  const Generation* heir = HeirOf(generation);
  if (heir == nullptr) return;
  Tell(generation, heir->request.upgrade().retire_signal());
  generation.restore_signal = heir->request.upgrade().restore_signal();
}

void Succession::OnRestored(Generation& generation) const {
  Tell(generation, std::exchange(generation.restore_signal, 0));
}

Generation* Succession::OnGone(Generation& generation) {
  generation.awaited.reset();
  if (!generation.shares_listeners) return nullptr;
  Generation* heir = HeirOf(generation);
  Generation* other = heir != nullptr ? heir : PredecessorOf(generation);
  groups_.EndSharing(other->number());
  generation.shares_listeners = other->shares_listeners = false;
  if (heir == nullptr) return other;
  heir->head_start_ends_ns = generation.head_start_ends_ns;
  heir->seccomp = std::move(generation.seccomp);
  heir->output = std::move(generation.output);
  if (heir->output != nullptr) heir->output->set_generation(heir->number());
  heir->notify = std::move(generation.notify);
  heir->notify_variable = generation.notify_variable;
  if (heir->notify != nullptr) {
    heir->notify->set_owner(NotifyOwner(*heir, trees_));
  }
  return other;
}

}  // namespace rollout::shim
