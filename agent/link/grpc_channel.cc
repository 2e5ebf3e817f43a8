// SPDX-License-Identifier: Apache-2.0

#include "agent/link/grpc_channel.h"

#include "base/log.h"

namespace rollout::link {

GrpcChannel::~GrpcChannel() {
  Cancel();
  AwaitEnd();
}

void GrpcChannel::Take() {
  stream_ = stub_->Channel(&context_);
  v1::ChannelMessage message;
  message.set_take(id_);
  stream_->Write(message);
}

bool GrpcChannel::Read(v1::ChannelMessage* message) {
  return stream_->Read(message);
}

bool GrpcChannel::Write(const v1::ChannelMessage& message) {
  return stream_->Write(message);
}

void GrpcChannel::AwaitEnd() {
  if (stream_ == nullptr) return;
  v1::ChannelMessage ignored;
  while (stream_->Read(&ignored)) {
  }
  grpc::Status status = stream_->Finish();
  stream_.reset();
  const bool usual =
      status.ok() || status.error_code() == grpc::StatusCode::CANCELLED;
  if (!usual) LogInfo("a channel has ended: ", status.error_message());
}

}  // namespace rollout::link
