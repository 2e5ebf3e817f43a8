// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation_trees.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/shim/process_tree.h"

namespace rollout::shim {

std::vector<ProcessEntry> GenerationTrees::Of(
    const Generation& generation) const {
  if (!generation.has_escapes) {
    if (auto tree = ByGroup(generation)) return *std::move(tree);
  }
  return ByDescent(generation);
}

bool GenerationTrees::Owns(const Generation& generation, pid_t process) const {
  if (process == generation.main) return true;
  for (const ProcessEntry& entry : Of(generation)) {
    if (entry.pid == process) return true;
  }
  return false;
}

bool GenerationTrees::HasEscapes(const Generation& generation) const {
  std::optional<std::vector<ProcessEntry>> group = ByGroup(generation);
  if (!group.has_value()) return true;
  std::set<pid_t> members;
  for (const ProcessEntry& process : *group) members.insert(process.pid);
  // One forked since is taken for one: that costs a walk.
  const std::vector<ProcessEntry> tree = ByDescent(generation);
  return std::any_of(tree.begin(), tree.end(),
                     [&members](const ProcessEntry& process) {
                       return members.count(process.pid) == 0;
                     });
}

void GenerationTrees::Kill(const Generation& generation,
                           const std::vector<ProcessEntry>& tree) {
  if (generation.group != nullptr) generation.group->Kill();
  SignalProcesses(tree, SIGKILL);
}

// None: not all of our children are in their generations' groups, so somebody
// has left one, or has none.
std::optional<std::vector<ProcessEntry>> GenerationTrees::ByGroup(
    const Generation& generation) const {
  std::optional<std::vector<pid_t>> left = OwnChildren();
  if (generation.group == nullptr || !left.has_value()) return std::nullopt;
  std::set<pid_t> strays(left->begin(), left->end());
  std::vector<ProcessEntry> tree;
  for (const auto& [number, other] : generations_) {
    if (other->group == nullptr) continue;
    auto processes = other->group->Processes();
    if (!processes.ok()) return std::nullopt;
    for (pid_t pid : *processes) {
      strays.erase(pid);
      if (other.get() != &generation) continue;
      if (auto process = ReadProcess(pid)) tree.push_back(*process);
    }
  }
  if (!strays.empty()) return std::nullopt;
  return tree;
}

std::vector<ProcessEntry> GenerationTrees::ByDescent(
    const Generation& generation) const {
  std::vector<TreeRoot> roots;
  for (const auto& [number, other] : generations_) {
    if (other->phase() < Phase::kGone) roots.push_back(other->Root());
  }
  return ShareOutProcesses(ListProcesses(), getpid(), roots,
                           StartedWithEnvironment)[generation.number()];
}

}  // namespace rollout::shim
