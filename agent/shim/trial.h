// SPDX-License-Identifier: Apache-2.0
//
// Connections of the shim's own to an endpoint, on which nothing is ever sent:
// to see which processes accept, where two generations have the same listener.
// Several at once, because whoever is quicker would get every single one. Not
// for long: a program that serves one client at a time waits for what this one
// has to say. A listener with TCP_DEFER_ACCEPT never gives one out.

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
    // None waits any more, or those accepted were so at the look before: who
    // holds them has waited enough.
    bool over = false;
  };
  // Unavailable: the kernel did not answer.
  absl::StatusOr<Accepted> Look();
  // When the next look is due, from now on: soon where somebody may hold one,
  // later and later while all wait.
  uint64_t pause_ns() const { return pause_ns_; }

 private:
  struct Connection {
    UniqueFd socket;
    NetAddress own;
    NetAddress peer;
  };

  static constexpr uint64_t kFirstPauseNs = 500000;
  static constexpr uint64_t kLastPauseNs = 8000000;

  Trial() = default;

  std::vector<Connection> connections_;
  bool some_accepted_ = false;
  uint64_t pause_ns_ = kFirstPauseNs;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_TRIAL_H_
