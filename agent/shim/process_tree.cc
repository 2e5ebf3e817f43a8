// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/process_tree.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <optional>

#include "base/unique_fd.h"

namespace rollout::shim {
namespace {

using Children = std::multimap<pid_t, const ProcessEntry*>;

std::optional<uint64_t> FindOwner(
    const ProcessEntry& process, const std::vector<TreeRoot>& roots,
    const std::function<bool(pid_t, const std::string&)>& has_environment) {
  for (const TreeRoot& root : roots) {
    if (process.pid == root.main || process.session == root.main) {
      return root.generation;
    }
  }
  for (const TreeRoot& root : roots) {
    if (!root.environment.empty() &&
        has_environment(process.pid, root.environment)) {
      return root.generation;
    }
  }
  if (roots.size() == 1) return roots[0].generation;
  return std::nullopt;
}

void AddWithDescendants(const ProcessEntry& process, const Children& children,
                        std::vector<ProcessEntry>* tree) {
  tree->push_back(process);
  // The listing is no snapshot: a number used again could close a circle.
  for (size_t i = tree->size() - 1; i < tree->size() && i < children.size();
       ++i) {
    auto [first, last] = children.equal_range((*tree)[i].pid);
    for (auto child = first; child != last; ++child) {
      tree->push_back(*child->second);
    }
  }
}

// `tree` is of `owner` (none: nobody's) but for what its roots have below them;
// parents come first in it.
void ShareOut(const std::vector<ProcessEntry>& tree,
              std::optional<uint64_t> owner, const std::vector<TreeRoot>& roots,
              ProcessTrees* trees) {
  std::map<pid_t, std::optional<uint64_t>> owners;
  for (const ProcessEntry& process : tree) {
    auto parents = owners.find(process.parent);
    std::optional<uint64_t>& own = owners[process.pid];
    own = parents == owners.end() ? owner : parents->second;
    for (const TreeRoot& root : roots) {
      if (process.pid == root.main) own = root.generation;
    }
    if (own.has_value()) (*trees)[*own].push_back(process);
  }
}

}  // namespace

std::vector<ProcessEntry> WithDescendants(
    const ProcessEntry& process, const std::vector<ProcessEntry>& all) {
  Children children;
  for (const ProcessEntry& other : all) {
    children.emplace(other.parent, &other);
  }
  std::vector<ProcessEntry> tree;
  AddWithDescendants(process, children, &tree);
  return tree;
}

ProcessTrees ShareOutProcesses(
    const std::vector<ProcessEntry>& processes, const std::set<pid_t>& shims,
    const std::vector<TreeRoot>& roots,
    const std::function<bool(pid_t, const std::string&)>& has_environment) {
  Children children;
  for (const ProcessEntry& process : processes) {
    children.emplace(process.parent, &process);
  }
  ProcessTrees trees;
  for (const ProcessEntry& process : processes) {
    if (shims.count(process.parent) == 0 || shims.count(process.pid) > 0) {
      continue;
    }
    auto owner = FindOwner(process, roots, has_environment);
    std::vector<ProcessEntry> tree;
    AddWithDescendants(process, children, &tree);
    ShareOut(tree, owner, roots, &trees);
  }
  return trees;
}

void SignalProcesses(const std::vector<ProcessEntry>& processes, int signal) {
  for (const ProcessEntry& process : processes) {
    const UniqueFd pidfd = OpenProcess(process);
    if (!pidfd.valid()) continue;
    syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
  }
}

}  // namespace rollout::shim
