// SPDX-License-Identifier: Apache-2.0
//
// One gRPC stream of a channel, the operator's or the agent's. The first
// message says which channel it belongs to.

#ifndef CONTROLLER_API_CHANNEL_STREAM_H_
#define CONTROLLER_API_CHANNEL_STREAM_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "controller/api/channel.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/rollout/v1/channel.pb.h"

namespace rollout::api {

using ChannelReactor =
    grpc::ServerBidiReactor<v1::ChannelMessage, v1::ChannelMessage>;

struct ChannelStreamSettings {
  Channel::Side side = Channel::kOperator;
  // Finds the channel by the first message; on gRPC's threads.
  std::function<absl::StatusOr<std::shared_ptr<Channel>>(
      const v1::ChannelMessage& first)>
      find;
  // Told once, if it is there, before the stream is: OK when the other end has
  // opened, or what the stream ends with before that. Must call no channel.
  std::function<void(const absl::Status& outcome)> on_outcome;
  // A stream that says nothing for so long after its opening is closed.
  absl::Duration first_message_timeout;
};

// For gRPC; ends and deletes itself. `loop` counts and must outlive the server.
ChannelReactor* StartChannelStream(grpc::CallbackServerContext* context,
                                   EventLoop& loop,
                                   ChannelStreamSettings settings);

// One that is refused.
ChannelReactor* RefuseChannelStream(const absl::Status& status);

}  // namespace rollout::api

#endif  // CONTROLLER_API_CHANNEL_STREAM_H_
