// SPDX-License-Identifier: Apache-2.0
//
// Which process a service that upgrades itself has started as its next main
// process: a new one of its own that has executed a program and has inherited
// the listeners.

#ifndef AGENT_SHIM_SUCCESSOR_H_
#define AGENT_SHIM_SUCCESSOR_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/shim/proc_fs.h"
#include "agent/shim/trial.h"

namespace rollout::shim {

// One that was asked for.
struct AwaitedProcess {
  // What there was before: the predecessor's processes and, see ProgramOf, its
  // program.
  std::vector<ProcessEntry> before;
  std::string predecessors_program;
  // How it is seen whether it takes clients, of one endpoint after the other.
  std::optional<Trial> trial;
  size_t proven_endpoints = 0;
};

// The one among `tree`, the predecessor's processes, that has all of
// `listeners` (inodes). `pid_file` names it besides; empty: there is no such
// file. None: it is not there yet.
std::optional<ProcessEntry> FindSuccessor(const AwaitedProcess& awaited,
                                          const std::vector<ProcessEntry>& tree,
                                          const std::set<uint64_t>& listeners,
                                          const std::string& pid_file);

// Those that would be it, had they the listeners: new programs that `main`, the
// predecessor's main process, has started under its own name.
std::vector<ProcessEntry> FindStrays(const AwaitedProcess& awaited,
                                     const std::vector<ProcessEntry>& tree,
                                     pid_t main);

// The number in `pid_file`; 0: nobody has written one yet.
pid_t ReadPidFile(const std::string& pid_file);

}  // namespace rollout::shim

#endif  // AGENT_SHIM_SUCCESSOR_H_
