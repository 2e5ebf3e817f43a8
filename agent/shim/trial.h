// SPDX-License-Identifier: Apache-2.0
//
// Connections of the shim's own to an endpoint, on which nothing is ever sent:
// to see which processes accept, where two generations have the same listener.
// Several at once, because whoever is quicker would get every single one. A
// listener with TCP_DEFER_ACCEPT never gives one out.

#ifndef AGENT_SHIM_TRIAL_H_
#define AGENT_SHIM_TRIAL_H_

#include <cstdint>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "base/net_address.h"
#include "base/unique_fd.h"

namespace rollout::shim {

class Trial {
 public:
  // Connects; over by itself when destroyed. As connect(2) fails.
  static absl::StatusOr<Trial> Begin(const NetAddress& endpoint);

  struct Accepted {
    // Inodes of the sockets that accept(2) has made of them.
    std::set<uint64_t> inodes;
    // None waits any more.
    bool all = false;
  };
  // Unavailable: the kernel did not answer.
  absl::StatusOr<Accepted> Look() const;

 private:
  struct Connection {
    UniqueFd socket;
    NetAddress own;
    NetAddress peer;
  };

  Trial() = default;

  std::vector<Connection> connections_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_TRIAL_H_
