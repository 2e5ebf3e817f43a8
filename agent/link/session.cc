// SPDX-License-Identifier: Apache-2.0

#include "agent/link/session.h"

#include <utility>

#include "base/check.h"

namespace rollout::link {

Session::Session(EventLoop& loop, std::shared_ptr<grpc::Channel> channel,
                 v1::AgentMessage hello, SessionEvents events)
    : loop_(loop),
      events_(std::move(events)),
      stub_(v1::AgentService::NewStub(std::move(channel))) {
  stub_->async()->Session(&context_, this);
  // The loop starts reads and writes, not gRPC's reactions: without the hold
  // the stream could be gone by then.
  AddHold();
  Read();
  Write(std::move(hello));
  StartCall();
}

void Session::Write(v1::AgentMessage message) {
  CHECK(writable());
  writing_ = true;
  outgoing_ = std::move(message);
  StartWrite(&outgoing_);
}

void Session::Read() { StartRead(&incoming_); }

void Session::OnReadDone(bool ok) {
  loop_.Post([this, ok] {
    if (!ok) return End();
    events_.on_message(std::exchange(incoming_, {}));
    Read();
  });
}

void Session::OnWriteDone(bool ok) {
  loop_.Post([this, ok] {
    writing_ = false;
    // After a failed write the reads fail too, and end the session.
    if (ok && !over_) events_.on_writable();
  });
}

void Session::End() {
  over_ = true;
  RemoveHold();
}

void Session::OnDone(const grpc::Status& status) {
  // The event destroys this object: the last statement, and with a copy of the
  // function, which may not go while it runs.
  loop_.Post([on_end = events_.on_end, status] { on_end(status); });
}

}  // namespace rollout::link
