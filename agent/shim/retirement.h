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

#include "base/endpoint_address.h"
#include "proto/shim/v1/saved_state.pb.h"

namespace rollout::shim {

// Looked at again and again.
class Retirement {
 public:
  // The endpoints' handshakes count (only TCP has them), for at most `grace_ns`
  // from `began_ns`. They are listed `settle_ns` after that: a SYN is bound to
  // its listener a few microseconds before its entry is in the list.
  Retirement(std::vector<EndpointAddress> endpoints, uint64_t began_ns,
             uint64_t grace_ns, uint64_t settle_ns);

  Retirement(std::vector<EndpointAddress> endpoints,
             const v1::SavedRetirement& saved);
  v1::SavedRetirement Save() const;

  // Whether no handshake of before is left. The entry of one does not name its
  // listener, so all that are listed at first count. Ask for the queue's length
  // after this: an ended handshake is in there.
  bool HandshakesOver(uint64_t now_ns);

 private:
  // "LOCAL REMOTE" of each handshake; no set: the kernel did not tell.
  bool ListHandshakes(std::set<std::string>* handshakes) const;

  const std::vector<EndpointAddress> endpoints_;
  const uint64_t began_ns_;
  const uint64_t grace_ns_;
  const uint64_t settle_ns_;
  bool listed_ = false;
  std::set<std::string> waiting_for_;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_RETIREMENT_H_
