// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/generation_trees.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "agent/shim/process_tree.h"

namespace rollout::shim {
namespace {

bool Contains(const std::vector<ProcessEntry>& tree, pid_t process) {
  return std::any_of(
      tree.begin(), tree.end(),
      [process](const ProcessEntry& entry) { return entry.pid == process; });
}

}  // namespace

std::vector<ProcessEntry> GenerationTrees::Of(
    const Generation& generation) const {
  if (!generation.has_escapes) {
    if (auto tree = ByGroup(generation)) return *std::move(tree);
  }
  return Walk(generation);
}

// What has left the group and is no child of ours has an ancestor that is still
// in there: one of its children is not.
bool GenerationTrees::MayHaveEscapes(const Generation& generation) const {
  if (generation.group == nullptr || generation.has_escapes) return false;
  auto tree = ByGroup(generation);
  if (!tree.has_value()) return true;
  const std::string last_pid = LastPid();
  for (const ProcessEntry& process : *tree) {
    auto children = ChildrenOf(process.pid);
    if (!children.has_value()) return true;
    for (pid_t child : *children) {
      if (!Contains(*tree, child) && ReadProcess(child).has_value()) {
        return true;
      }
    }
  }
  return LastPid() != last_pid;
}

bool GenerationTrees::Owns(const Generation& generation, pid_t process) const {
  return process == generation.main || Contains(Of(generation), process) ||
         Contains(Walk(generation), process);
}

void GenerationTrees::Kill(const Generation& generation,
                           const std::vector<ProcessEntry>& tree) {
  if (generation.group != nullptr) generation.group->Kill();
  SignalProcesses(tree, SIGKILL);
}

std::optional<std::vector<pid_t>> GenerationTrees::Children() const {
  std::optional<std::vector<pid_t>> children = OwnChildren();
  if (keeper_ == 0 || !children.has_value()) return children;
  const auto of_keeper = ChildrenOf(keeper_);
  if (!of_keeper.has_value()) return std::nullopt;
  for (pid_t child : *of_keeper) {
    if (child != getpid()) children->push_back(child);
  }
  return children;
}

// None: not all of our children are in their generations' groups, so somebody
// has left one, or has none. Read before the groups, the children can't hide a
// newcomer.
std::optional<std::vector<ProcessEntry>> GenerationTrees::ByGroup(
    const Generation& generation) const {
  std::optional<std::vector<pid_t>> children = Children();
  if (generation.group == nullptr || !children.has_value()) return std::nullopt;
  std::set<pid_t> strays(children->begin(), children->end());
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

// By descent, but where a group tells, it decides: a daemon that has wiped its
// environment is still in it.
std::vector<ProcessEntry> GenerationTrees::Walk(
    const Generation& generation) const {
  if (generation.adoptee != nullptr) {
    return generation.adoptee->Of(ListProcesses());
  }
  std::vector<TreeRoot> roots;
  std::map<pid_t, const Generation*> by_group;
  for (const auto& [number, other] : generations_) {
    if (other->phase() < Phase::kGone && other->adoptee == nullptr &&
        other->main != 0) {
      roots.push_back(other->Root());
    }
    if (other->group == nullptr) continue;
    // One that can't be read has been removed: nobody is in there.
    for (pid_t pid : other->group->Processes().value_or(std::vector<pid_t>())) {
      by_group.emplace(pid, other.get());
    }
  }
  const std::vector<ProcessEntry> processes = ListProcesses();
  std::vector<ProcessEntry> tree = ShareOutProcesses(
      processes, {getpid(), keeper_ == 0 ? getpid() : keeper_}, roots,
      StartedWithEnvironment)[generation.number()];
  tree.erase(std::remove_if(tree.begin(), tree.end(),
                            [&](const ProcessEntry& process) {
                              auto found = by_group.find(process.pid);
                              return found != by_group.end();
                            }),
             tree.end());
  for (const auto& [pid, owner] : by_group) {
    if (owner != &generation) continue;
    if (auto process = ReadProcess(pid)) tree.push_back(*process);
  }
  return tree;
}

}  // namespace rollout::shim
