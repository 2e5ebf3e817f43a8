// SPDX-License-Identifier: Apache-2.0
//
// How Arrivals takes up what a shim before this one has left.

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/shim/arrivals.h"
#include "agent/shim/control_group.h"
#include "agent/shim/generation_state.h"
#include "agent/shim/generation_trees.h"
#include "agent/shim/intercept.h"
#include "agent/shim/launch.h"
#include "agent/shim/proc_fs.h"
#include "agent/shim/process_tree.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

// Made by fork(2) and not yet another program: it shows ours.
bool IsUnborn(pid_t pid) {
  char ours[4096], its[4096];
  const std::string link = absl::StrCat("/proc/", pid, "/exe");
  const ssize_t our_size = readlink("/proc/self/exe", ours, sizeof ours);
  const ssize_t its_size = readlink(link.c_str(), its, sizeof its);
  return our_size > 0 &&
         absl::string_view(ours, our_size) ==
             absl::string_view(its, its_size > 0 ? its_size : 0);
}

// Whether whoever was its parent has been told how it ended.
bool IsReaped(int pidfd) {
  return absl::StrContains(ReadFile(absl::StrCat("/proc/self/fdinfo/", pidfd)),
                           "Pid:\t-1");
}

// Not for long: see Spawn.
void AwaitDeath(const std::vector<ProcessEntry>& tree) {
  constexpr int kMilliseconds = 500;
  for (const ProcessEntry& process : tree) {
    UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    pollfd death{pidfd.get(), POLLIN, 0};
    if (pidfd.valid()) poll(&death, 1, kMilliseconds);
  }
}

}  // namespace

void Arrivals::Resume(const v1::SavedState& saved, LeftDescriptors& left) {
  last_generation_ = saved.last_generation();
  for (const v1::SavedGeneration& one : saved.generations()) {
    absl::Status status = ResumeOne(one, left);
    if (!status.ok()) {
      LogError("generation ", one.request().generation(), ": ",
               status.message());
    }
  }
  lifecycle_.succession().Resume();
  FinishCall();
  std::vector<uint64_t> unborn;
  for (const auto& [number, generation] : generations_) {
    if (generation->main == 0 && generation->awaited == nullptr)
      unborn.push_back(number);
  }
  for (uint64_t number : unborn) DropUnborn(*generations_.at(number));
}

absl::Status Arrivals::ResumeOne(const v1::SavedGeneration& saved,
                                 LeftDescriptors& left) {
  ASSIGN_OR_RETURN(std::unique_ptr<Generation> made,
                   ResumeGeneration(saved, groups_, left));
  Generation& generation = *made;
  const uint64_t number = generation.number();
  generations_[number] = std::move(made);
  UniqueFd fifo = left.Take(saved.fifo()), stage = left.Take(saved.stage());
  if (fifo.valid() && stage.valid()) {
    ASSIGN_OR_RETURN(
        generation.output,
        OutputPipe::Resume(
            generation.request.private_directory() + "/output.fifo",
            std::move(fifo), std::move(stage), number, loop_, output_));
  }
  UniqueFd notify = left.Take(saved.notify());
  if (notify.valid()) {
    ASSIGN_OR_RETURN(generation.notify,
                     NotifySocket::Resume(
                         std::move(notify), saved.notify_address(),
                         NotifyOwner(generation, lifecycle_.trees()), loop_));
  }
  return WatchCalls(generation);
}

std::set<uint64_t> Arrivals::FindReaped() const {
  std::set<uint64_t> reaped;
  for (const auto& [number, generation] : generations_) {
    if (generation->main != 0 && !generation->main_ended &&
        !generation->has_forked && IsReaped(generation->pidfd.get())) {
      reaped.insert(number);
    }
  }
  return reaped;
}

void Arrivals::FindUntoldEnds(const std::set<uint64_t>& reaped) {
  for (auto& [number, generation] : generations_) {
    if (generation->main_ended || generation->main == 0 ||
        generation->has_forked) {
      continue;
    }
    if (reaped.count(number) > 0) {
      generation->main_ended = true;
      generation->exit_untold = true;
      continue;
    }
    // None: it has just ended.
    const auto main = ReadProcess(generation->main);
    const bool is_told = !main.has_value() || main->parent == getpid() ||
                         main->parent == lifecycle_.trees().keeper();
    // A zombie heir's parent may be its predecessor, which tells nobody.
    const bool is_heir = generation->request.handover() == v1::SIGNAL;
    if (is_told && generation->adoptee == nullptr && !is_heir) continue;
    // Neither we nor our keeper is its parent, or not any more. Another
    // generation may be: of a service that upgrades itself.
    if (generation->adoptee == nullptr && !is_heir) {
      generation->adoptee = std::make_unique<AdopteeTree>(*main);
    }
    absl::Status status = lifecycle_.WatchEnd(*generation);
    if (!status.ok()) LogError(status.message());
  }
}

// Its agent has had no answer, and starts another.
void Arrivals::DropUnborn(Generation& generation) {
  LogWarning("generation ", generation.number(),
             ": was about to come when the shim before this one was lost");
  if (!generation.request.command().empty()) {
    auto group = ControlGroup::Open(generation.request.control_group());
    if (group.ok()) generation.group = *std::move(group);
    for (const v1::GroupLimits& limits : generation.request.group_limits()) {
      auto limiting = ControlGroup::Open(limits.path());
      if (limits.path() != generation.request.control_group() &&
          limiting.ok()) {
        generation.limiting_groups.push_back(*std::move(limiting));
      }
    }
    const std::string environment =
        absl::StrCat("NOTIFY_SOCKET=", generation.request.private_directory(),
                     "/notify.sock");
    std::vector<ProcessEntry> tree = lifecycle_.trees().Walk(generation);
    // An heir is no child of ours, and what its environment names is its
    // predecessor's.
    const bool is_heir = generation.request.handover() == v1::SIGNAL;
    for (const ProcessEntry& process : ListProcesses()) {
      if (!is_heir && process.parent == lifecycle_.trees().keeper() &&
          process.pid != getpid() &&
          (IsUnborn(process.pid) ||
           StartedWithEnvironment(process.pid, environment))) {
        tree.push_back(process);
      }
    }
    GenerationTrees::Kill(generation, tree);
    AwaitDeath(tree);
  }
  Drop(generation.number());
}

void Arrivals::FinishCall() {
  const uint64_t number = call_.generation;
  auto found = generations_.find(number);
  if (number != 0 && call_.call.pid != 0 && found != generations_.end() &&
      found->second->seccomp.valid()) {
    Generation& generation = *found->second;
    const size_t before = generation.listeners->Count();
    // Whoever was to answer it was lost each time: that may be its doing.
    constexpr uint32_t kMostTries = 3;
    if (++call_.tries > kMostTries) {
      RefuseCall(generation.seccomp.get(), call_.call);
    } else {
      AnswerAgain(generation.seccomp.get(), call_.call, *generation.listeners,
                  save_);
    }
    AfterCall(generation, before);
  }
  call_.generation = 0;
  call_.tries = 0;
}

}  // namespace rollout::shim
