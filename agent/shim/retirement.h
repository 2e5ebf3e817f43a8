// SPDX-License-Identifier: Apache-2.0
//
// Waits until no client can reach a generation any more: handshakes that had
// begun when it lost its weight are over, and its accept queue is empty.

#ifndef AGENT_SHIM_RETIREMENT_H_
#define AGENT_SHIM_RETIREMENT_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/net_address.h"

namespace rollout::shim {

// Looked at again and again, every few milliseconds.
class Retirement {
 public:
  // The endpoints' handshakes count, for at most `grace_ns` from `began_ns`.
  Retirement(std::vector<NetAddress> endpoints, uint64_t began_ns,
             uint64_t grace_ns);

  // Whether no handshake of before is left. A SYN is bound to its listener when
  // it comes, but its entry does not name the listener, so all that are there
  // now, right after the change, count. Ask for the queue's length after this:
  // an ended handshake is in there. A SYN that had its listener and not yet its
  // entry, a matter of microseconds, still ends in a queue: that one is asked
  // again before the generation gets its signal.
  bool HandshakesOver(uint64_t now_ns);

 private:
  // "LOCAL REMOTE" of each handshake; no set: the kernel did not tell.
  bool ListHandshakes(std::set<std::string>* handshakes) const;

  const std::vector<NetAddress> endpoints_;
  const uint64_t began_ns_;
  const uint64_t grace_ns_;
  bool listed_ = false;
  std::set<std::string> waiting_for_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_RETIREMENT_H_
