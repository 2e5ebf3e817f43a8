// SPDX-License-Identifier: Apache-2.0
//
// The agent's side of the stream to the controller: dials, says hello, sends
// what is newest, reconnects with back-off for ever.

#ifndef AGENT_LINK_LINK_H_
#define AGENT_LINK_LINK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/link/channel.h"
#include "proto/rollout/v1/channel.pb.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/swap.pb.h"

namespace rollout::link {

// What comes from the controller. Called on the link's threads, one call at a
// time; must not block.
struct LinkEvents {
  std::function<void(v1::Assignment)> on_assignment;
  // The controller has stored the report; `final` as in SwapReportAck.
  std::function<void(std::string id, bool final)> on_report_stored;
  // An operator wants a channel to the target; it is taken or it isn't.
  std::function<void(v1::ChannelTarget, std::shared_ptr<Channel>)> on_channel;
  // A stream was opened and welcomed (true), or ended (false).
  std::function<void(bool connected)> on_connected;
};

// Safe from any thread.
class Link {
 public:
  virtual ~Link() = default;

  // Sent as soon as the stream takes it; an older one not yet sent is
  // forgotten. Sent again as hello after a reconnect, and as the heartbeat.
  virtual void SetObservation(v1::Observation observation) = 0;

  // The highest epoch the agent has seen; goes into the next hello.
  virtual void SetHighestEpoch(uint64_t epoch) = 0;

  // Sent until on_report_stored; a newer report with the same id displaces an
  // older one.
  virtual void SendReport(v1::SwapReport report) = 0;
};

}  // namespace rollout::link

#endif  // AGENT_LINK_LINK_H_
