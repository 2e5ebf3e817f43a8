// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation_state.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/shim/control_group.h"
#include "agent/shim/launch.h"
#include "agent/shim/proc_fs.h"
#include "base/status_macros.h"

namespace rollout::shim {
namespace {

v1::SavedProcess SaveProcess(const ProcessEntry& process) {
  v1::SavedProcess saved;
  saved.set_pid(process.pid);
  saved.set_parent(process.parent);
  saved.set_session(process.session);
  saved.set_start_ticks(process.start_ticks);
  return saved;
}

ProcessEntry ToEntry(const v1::SavedProcess& saved) {
  return {saved.pid(), saved.parent(), saved.session(), saved.start_ticks()};
}

void SaveDrain(const DrainTerms& terms, v1::SavedDrain* saved) {
  saved->set_wait(terms.wait);
  saved->set_signal(terms.signal);
  saved->set_signal_at_ns(terms.signal_at_ns);
  saved->set_kill_at_ns(terms.kill_at_ns);
  saved->set_second_signal(terms.second_signal);
  saved->set_second_after_ns(terms.second_after_ns);
}

DrainTerms ToTerms(const v1::SavedDrain& saved) {
  return {saved.wait(),       saved.signal(),        saved.signal_at_ns(),
          saved.kill_at_ns(), saved.second_signal(), saved.second_after_ns()};
}

void SaveProcesses(const Generation& generation, v1::SavedGeneration* saved) {
  saved->set_main(generation.main);
  *saved->mutable_pidfd() = SaveDescriptor(generation.pidfd.get());
  saved->set_main_ended(generation.main_ended);
  saved->set_exit_status(generation.exit_status);
  saved->set_exit_untold(generation.exit_untold);
  saved->set_head_start_ends_ns(generation.head_start_ends_ns);
  if (generation.adoptee != nullptr) {
    *saved->mutable_adoptee() = SaveProcess(generation.adoptee->main());
    for (const ProcessEntry& process : generation.adoptee->known()) {
      *saved->add_adoptee_known() = SaveProcess(process);
    }
  }
  if (generation.group != nullptr) {
    saved->set_control_group(generation.group->path());
  }
  for (const auto& group : generation.limiting_groups) {
    saved->add_limiting_groups(group->path());
  }
  for (const v1::GroupFigure& figure : generation.figures) {
    *saved->add_figures() = figure;
  }
  saved->set_has_escapes(generation.has_escapes);
}

void ResumeProcesses(const v1::SavedGeneration& saved, Generation& generation,
                     LeftDescriptors& left) {
  generation.main = saved.main();
  generation.pidfd = left.Take(saved.pidfd());
  generation.main_ended = saved.main_ended();
  generation.exit_status = saved.exit_status();
  generation.exit_untold = saved.exit_untold();
  generation.head_start_ends_ns = saved.head_start_ends_ns();
  if (saved.has_adoptee()) {
    std::vector<ProcessEntry> known;
    for (const v1::SavedProcess& process : saved.adoptee_known()) {
      known.push_back(ToEntry(process));
    }
    generation.adoptee = std::make_unique<AdopteeTree>(ToEntry(saved.adoptee()),
                                                       std::move(known));
  }
  // One that is not there was removed since.
  auto group = ControlGroup::Open(saved.control_group());
  if (group.ok()) generation.group = *std::move(group);
  for (const std::string& path : saved.limiting_groups()) {
    auto limiting = ControlGroup::Open(path);
    if (limiting.ok()) {
      generation.limiting_groups.push_back(*std::move(limiting));
    }
  }
  generation.figures.assign(saved.figures().begin(), saved.figures().end());
  generation.has_escapes = saved.has_escapes();
}

void SaveSuccession(const Generation& generation, v1::SavedGeneration* saved) {
  saved->set_shares_listeners(generation.shares_listeners);
  saved->set_restore_signal(generation.restore_signal);
  saved->set_has_forked(generation.has_forked);
  if (generation.awaited == nullptr) return;
  v1::SavedAwaited* awaited = saved->mutable_awaited();
  for (const ProcessEntry& process : generation.awaited->before) {
    *awaited->add_before() = SaveProcess(process);
  }
  awaited->set_predecessors_program(generation.awaited->predecessors_program);
  awaited->set_proven_endpoints(generation.awaited->proven_endpoints);
}

void ResumeSuccession(const v1::SavedGeneration& saved,
                      Generation& generation) {
  generation.shares_listeners = saved.shares_listeners();
  generation.restore_signal = saved.restore_signal();
  generation.has_forked = saved.has_forked();
  if (!saved.has_awaited()) return;
  generation.awaited = std::make_unique<AwaitedProcess>();
  for (const v1::SavedProcess& process : saved.awaited().before()) {
    generation.awaited->before.push_back(ToEntry(process));
  }
  generation.awaited->predecessors_program =
      saved.awaited().predecessors_program();
  // Its trial is begun anew.
  generation.awaited->proven_endpoints = saved.awaited().proven_endpoints();
}

}  // namespace

v1::SavedGeneration SaveGeneration(const Generation& generation) {
  v1::SavedGeneration saved;
  *saved.mutable_request() = generation.request;
  saved.set_phase(static_cast<int>(generation.phase()));
  SaveProcesses(generation, &saved);
  *saved.mutable_seccomp() = SaveDescriptor(generation.seccomp.get());
  if (generation.output != nullptr) {
    *saved.mutable_fifo() = SaveDescriptor(generation.output->fifo());
    *saved.mutable_stage() = SaveDescriptor(generation.output->stage());
  }
  if (generation.notify != nullptr) {
    *saved.mutable_notify() = SaveDescriptor(generation.notify->descriptor());
    saved.set_notify_address(generation.notify->address());
  }
  saved.set_notified_ready(generation.notified_ready);
  saved.set_problem(generation.listeners->problem());
  saved.set_weight(generation.weight);
  if (generation.retirement.has_value()) {
    *saved.mutable_retirement() = generation.retirement->Save();
  }
  saved.set_queue_peak(generation.queue_peak);
  saved.set_queued_ns(generation.queued_ns);
  SaveDrain(generation.drain, saved.mutable_drain());
  saved.set_leftovers_signalled(generation.leftovers_signalled);
  saved.set_killed(generation.killed);
  saved.set_connections_carried(generation.connections_carried);
  saved.set_connections_left(generation.connections_left);
  saved.set_connections_cut(generation.connections_cut);
  saved.set_connections_held(generation.connections_held);
  saved.set_hopeless_ns(generation.hopeless_ns);
  *saved.mutable_times() = generation.times;
  SaveSuccession(generation, &saved);
  return saved;
}

absl::StatusOr<std::unique_ptr<Generation>> ResumeGeneration(
    const v1::SavedGeneration& saved, EndpointGroups& groups,
    LeftDescriptors& left) {
  if (saved.phase() < 0 || saved.phase() > static_cast<int>(Phase::kEnded)) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no phase ", saved.phase()));
  }
  ASSIGN_OR_RETURN(
      std::unique_ptr<Generation> made,
      MakeAgain(saved.request(), static_cast<Phase>(saved.phase()), groups));
  Generation& generation = *made;
  ResumeProcesses(saved, generation, left);
  generation.seccomp = left.Take(saved.seccomp());
  generation.notify_variable =
      saved.notify_address().empty()
          ? ""
          : absl::StrCat("NOTIFY_SOCKET=", saved.notify_address());
  generation.notified_ready = saved.notified_ready();
  if (!saved.problem().empty()) {
    generation.listeners->OnProblem(saved.problem());
  }
  generation.weight = saved.weight();
  if (saved.has_retirement()) {
    generation.retirement.emplace(generation.EndpointAddresses(),
                                  saved.retirement());
  }
  generation.queue_peak = saved.queue_peak();
  generation.queued_ns = saved.queued_ns();
  generation.drain = ToTerms(saved.drain());
  generation.leftovers_signalled = saved.leftovers_signalled();
  generation.killed = saved.killed();
  generation.connections_carried = saved.connections_carried();
  generation.connections_left = saved.connections_left();
  generation.connections_cut = saved.connections_cut();
  generation.connections_held = saved.connections_held();
  generation.hopeless_ns = saved.hopeless_ns();
  generation.times = saved.times();
  ResumeSuccession(saved, generation);
  return made;
}

}  // namespace rollout::shim
