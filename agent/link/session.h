// SPDX-License-Identifier: Apache-2.0
//
// One stream to the controller, from its opening to its end. gRPC's threads
// only carry what happened over to the loop, where everything is done: one
// message read and one written at a time.

#ifndef AGENT_LINK_SESSION_H_
#define AGENT_LINK_SESSION_H_

#include <functional>
#include <memory>

#include "base/event_loop.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "proto/rollout/v1/agent_service.grpc.pb.h"

namespace rollout::link {

// Called on the loop.
struct SessionEvents {
  std::function<void(v1::ControllerMessage)> on_message;
  // What was written last is gone.
  std::function<void()> on_writable;
  // The last call, always comes: now the session may be destroyed.
  std::function<void(const grpc::Status&)> on_end;
};

// Used on the loop alone. Destroyed after on_end, and by then only.
class Session
    : private grpc::ClientBidiReactor<v1::AgentMessage, v1::ControllerMessage> {
 public:
  // Opens the stream and writes `hello`. `loop` must outlive this and run until
  // on_end.
  Session(EventLoop& loop, std::shared_ptr<grpc::Channel> channel,
          v1::AgentMessage hello, SessionEvents events);

  // False while a message is being written, and after the end.
  bool writable() const { return !writing_ && !over_; }

  // Precondition: writable().
  void Write(v1::AgentMessage message);

  // Ends the stream; on_end follows soon.
  void Cancel() { context_.TryCancel(); }

 private:
  // On gRPC's threads.
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  // On the loop.
  void Read();
  // Nothing more will be read or written.
  void End();

  EventLoop& loop_;
  const SessionEvents events_;
  const std::unique_ptr<v1::AgentService::Stub> stub_;
  grpc::ClientContext context_;
  v1::AgentMessage outgoing_;
  v1::ControllerMessage incoming_;
  bool writing_ = false;
  bool over_ = false;
};

}  // namespace rollout::link

#endif  // AGENT_LINK_SESSION_H_
