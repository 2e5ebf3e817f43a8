// SPDX-License-Identifier: Apache-2.0
//
// The gRPC service the agents dial: brings every stream together with the
// fleet.

#ifndef CONTROLLER_API_AGENT_SERVICE_H_
#define CONTROLLER_API_AGENT_SERVICE_H_

#include "absl/time/time.h"
#include "base/event_loop.h"
#include "controller/api/channel_stream.h"
#include "controller/api/channels.h"
#include "controller/fleet/fleet.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/rollout/v1/agent_service.grpc.pb.h"

namespace rollout::api {

class AgentService : public v1::AgentService::CallbackService {
 public:
  // A stream that has not said hello `hello_timeout` after its opening is
  // closed; `loop` counts. All must outlive the server this is part of.
  AgentService(fleet::Fleet& fleet, Channels& channels, EventLoop& loop,
               absl::Duration hello_timeout)
      : fleet_(fleet),
        channels_(channels),
        loop_(loop),
        hello_timeout_(hello_timeout) {}

  // Called by gRPC.
  grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>* Session(
      grpc::CallbackServerContext* context) override;
  ChannelReactor* Channel(grpc::CallbackServerContext* context) override;

 private:
  fleet::Fleet& fleet_;
  Channels& channels_;
  EventLoop& loop_;
  const absl::Duration hello_timeout_;
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_AGENT_SERVICE_H_
