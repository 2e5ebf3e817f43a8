// SPDX-License-Identifier: Apache-2.0
//
// Which processes belong to which generation. The shim is their subreaper:
// whatever loses its parent becomes a child of the shim, so the shim's
// descendants are the trees of its generations, all of them.

#ifndef AGENT_SHIM_PROCESS_TREE_H_
#define AGENT_SHIM_PROCESS_TREE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/shim/proc_fs.h"

namespace rollout::shim {

// How the processes of a generation are known.
struct TreeRoot {
  uint64_t generation = 0;
  // The main process, which leads a session. Maybe dead.
  pid_t main = 0;
  // "NAME=value" that only this generation was started with.
  std::string environment;
};

using ProcessTrees = std::map<uint64_t, std::vector<ProcessEntry>>;

// Shares out the descendants of `shims` (the shim and its keeper) among
// `roots`. A child of one of them with all below it goes to the generation
// whose main process it is, or in whose session it is, or whose environment it
// was started with
// (`has_environment` looks); if none of that is so (a daemon that wiped its
// environment), to the only generation there is, or to none. Within a tree, a
// main process of another root has its own, with all below it.
ProcessTrees ShareOutProcesses(
    const std::vector<ProcessEntry>& processes, const std::set<pid_t>& shims,
    const std::vector<TreeRoot>& roots,
    const std::function<bool(pid_t, const std::string&)>& has_environment);

// `process` with all below it.
std::vector<ProcessEntry> WithDescendants(const ProcessEntry& process,
                                          const std::vector<ProcessEntry>& all);

// Sends `signal` to each that still is the process that was listed.
void SignalProcesses(const std::vector<ProcessEntry>& processes, int signal);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_PROCESS_TREE_H_
