// SPDX-License-Identifier: Apache-2.0
//
// Whether a generation that is being drained still has clients to wait for: in
// its queue, on the way, connected.

#ifndef AGENT_SHIM_CLIENT_WATCH_H_
#define AGENT_SHIM_CLIENT_WATCH_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "agent/shim/connections.h"
#include "agent/shim/endpoint_groups.h"
#include "agent/shim/generation.h"
#include "agent/shim/generation_trees.h"
#include "agent/shim/proc_fs.h"

namespace rollout::shim {

// Not thread-safe.
class ClientWatch {
 public:
  // Both must outlive this.
  ClientWatch(const GenerationTrees& trees, EndpointGroups& groups)
      : trees_(trees), groups_(groups) {}

  // Whether there is nobody left to wait for, as `generation.drain` says. Keeps
  // the counts of its connections. What can't be looked at is waited for;
  // answers to datagrams for a second after the last one was read.
  bool IsQuiet(Generation& generation, uint64_t now_ns) const;

 private:
  bool HasClients(Generation& generation,
                  const std::function<std::vector<ProcessEntry>()>& list) const;

  const GenerationTrees& trees_;
  EndpointGroups& groups_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_CLIENT_WATCH_H_
