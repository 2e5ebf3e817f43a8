// SPDX-License-Identifier: Apache-2.0
//
// The door to one generation: a port on loopback from which everything is
// forwarded with that generation's mark, or to a Unix socket of its own. For
// tools that can't set a mark.

#ifndef AGENT_PROBE_DOOR_H_
#define AGENT_PROBE_DOOR_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "agent/probe/cancel_event.h"
#include "agent/probe/relay.h"
#include "base/endpoint_address.h"
#include "base/unique_fd.h"

namespace rollout::probe {

// At most 256 connections at once; more wait in the door's accept queue. One
// thread of its own. Safe from any thread.
class Door {
 public:
  // Opens a port that the kernel chooses, and forwards to `target`.
  // InvalidArgument: to UDP nothing is.
  static absl::StatusOr<std::unique_ptr<Door>> Open(
      const EndpointAddress& target, uint32_t mark);
  // Ends all its connections.
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  // "127.0.0.1:41234"
  const std::string& address() const { return address_; }

 private:
  Door(const EndpointAddress& target, uint32_t mark, UniqueFd listener,
       std::string address);
  void Forward();
  // Takes one waiting connection. False: there are no descriptors left.
  bool Accept();

  const EndpointAddress target_;
  const uint32_t mark_;
  const UniqueFd listener_;
  const std::string address_;
  CancelEvent closed_;
  // Of the thread alone.
  std::list<Relay> relays_;
  std::thread thread_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_DOOR_H_
