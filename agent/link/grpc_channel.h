// SPDX-License-Identifier: Apache-2.0
//
// A live channel over gRPC, with calls that block: one thread or two per
// channel are cheap for what people open by hand.

#ifndef AGENT_LINK_GRPC_CHANNEL_H_
#define AGENT_LINK_GRPC_CHANNEL_H_

#include <memory>
#include <string>

#include "agent/link/channel.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "proto/rollout/v1/agent_service.grpc.pb.h"

namespace rollout::link {

class GrpcChannel : public Channel {
 public:
  // `id` as open_channel has it.
  GrpcChannel(std::shared_ptr<grpc::Channel> connection, std::string id)
      : stub_(v1::AgentService::NewStub(std::move(connection))),
        id_(std::move(id)) {}
  ~GrpcChannel() override;

  void Take() override;
  bool Read(v1::ChannelMessage* message) override;
  bool Write(const v1::ChannelMessage& message) override;
  void AwaitEnd() override;
  void Cancel() override { context_.TryCancel(); }

 private:
  const std::unique_ptr<v1::AgentService::Stub> stub_;
  const std::string id_;
  grpc::ClientContext context_;
  // Set by Take.
  std::unique_ptr<
      grpc::ClientReaderWriter<v1::ChannelMessage, v1::ChannelMessage>>
      stream_;
};

}  // namespace rollout::link

#endif  // AGENT_LINK_GRPC_CHANNEL_H_
