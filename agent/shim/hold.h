// SPDX-License-Identifier: Apache-2.0
//
// A service between two generations that can't run at once: its new connections
// wait in listeners of the shim's own, one in each group, that nobody accepts
// from. When the next generation gets the weight, those are closed, and the
// kernel moves their queues to it (net.ipv4.tcp_migrate_req of ip-sysctl).

#ifndef AGENT_SHIM_HOLD_H_
#define AGENT_SHIM_HOLD_H_

#include <cstdint>

#include "absl/status/status.h"
#include "agent/shim/endpoint_groups.h"

namespace rollout::shim {

// Not thread-safe.
class Hold {
 public:
  // `groups` must outlive this.
  explicit Hold(EndpointGroups& groups) : groups_(groups) {}

  // Has the listeners join, without weight. FailedPrecondition: nothing would
  // move their queues, or nobody listens.
  absl::Status Prepare();

  // Whether clients are led to them, and since when; a Steer puts it in force.
  bool is_on() const { return since_ns_ != 0; }
  uint64_t since_ns() const { return since_ns_; }
  // 0: they are not. Returns what it was.
  uint64_t Switch(uint64_t since_ns);

  // Clients that wait now.
  uint32_t Held() const;

  // Once clients are led elsewhere: closes the listeners as soon as that harms
  // nobody. `to_nobody`: no generation will ever take who waits: cuts them, as
  // it does on an address that no generation has any more.
  void LetGo(bool to_nobody);

 private:
  EndpointGroups& groups_;
  uint64_t since_ns_ = 0;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_HOLD_H_
