// SPDX-License-Identifier: Apache-2.0
//
// One agent's stream as the fleet sees it. Implemented over gRPC in
// controller/api, by a fake in tests.

#ifndef CONTROLLER_FLEET_HOST_SESSION_H_
#define CONTROLLER_FLEET_HOST_SESSION_H_

#include <string>

#include "absl/status/status.h"
#include "proto/rollout/v1/agent_service.pb.h"
#include "proto/rollout/v1/host.pb.h"

namespace rollout::fleet {

// Shared: a stream ends whenever it likes while the fleet is about to send.
// Calls after the end of the stream do nothing. All calls come from any
// thread, return at once and never call the fleet back on the same thread.
class HostSession {
 public:
  virtual ~HostSession() = default;

  // Once, before anything else.
  virtual void Welcome(const v1::Welcome& welcome) = 0;

  // Displaces one that is still waiting to be written.
  virtual void Send(v1::Assignment assignment) = 0;

  // Never dropped while the stream lives; may wait for what is sent next.
  virtual void AckReport(const v1::SwapReportAck& ack) = 0;

  // Asks for a channel; the agent dials it, or never does.
  virtual void OpenChannel(const v1::OpenChannel& channel) = 0;

  // Sends something, so that a connection whose other end is gone breaks now.
  virtual void Probe() = 0;

  // Ends the stream with this status. Fleet::Disconnect need not follow.
  virtual void Close(const absl::Status& status) = 0;
};

}  // namespace rollout::fleet

#endif  // CONTROLLER_FLEET_HOST_SESSION_H_
