// SPDX-License-Identifier: Apache-2.0

#include "controller/api/agent_service.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "controller/api/authorization.h"
#include "controller/api/grpc_status.h"
#include "controller/api/hello.h"
#include "controller/api/session.h"

namespace rollout::api {
namespace {

using Reactor =
    grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>;

// One stream. gRPC calls OnReadDone one at a time, the others at any time.
class SessionStream : public Reactor, public SessionWriter {
 public:
  SessionStream(grpc::CallbackServerContext& context, fleet::Fleet& fleet)
      : context_(context),
        fleet_(fleet),
        session_(std::make_shared<Session>(*this)) {}

  // Begins to read. Apart from the constructor: gRPC may answer at once.
  void Begin(EventLoop& loop, absl::Duration hello_timeout) {
    loop.PostAfter(
        hello_timeout, [session = std::weak_ptr<Session>(session_),
                        greeted = std::weak_ptr<bool>(waiting_for_hello_)] {
          auto waiting = session.lock();
          if (waiting == nullptr || greeted.expired()) return;
          waiting->Close(
              absl::DeadlineExceededError("the session began without a hello"));
        });
    StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      session_->End(absl::OkStatus());
      return;
    }
    absl::Status status = Take();
    if (!status.ok()) {
      LogWarning("session from ", context_.peer(),
                 host_.empty() ? "" : " of host ", host_,
                 " is closed: ", status.message());
      session_->End(status);
      return;
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override { session_->Written(ok); }

  void OnCancel() override {
    session_->Close(absl::CancelledError("the stream was cancelled"));
  }

  void OnDone() override {
    session_->Detach();
    if (!host_.empty()) fleet_.Disconnect(host_, session_.get());
    delete this;
  }

  // SessionWriter:
  void Write(const v1::ControllerMessage& message) override {
    StartWrite(&message);
  }
  void Finish(const absl::Status& status) override {
    Reactor::Finish(ToGrpcStatus(status));
  }
  void Cancel() override { context_.TryCancel(); }

 private:
  absl::Status Take() {
    if (incoming_.sequence() != next_sequence_) {
      return absl::DataLossError(absl::StrCat("message ", incoming_.sequence(),
                                              " came where ", next_sequence_,
                                              " was due"));
    }
    ++next_sequence_;
    if (host_.empty()) return TakeHello();
    if (incoming_.has_hello()) {
      return absl::InvalidArgumentError("a session says hello once");
    }
    // A message without any of these is of a newer agent, about something this
    // controller does not know.
    if (incoming_.has_observation()) {
      session_->SendAcks();
      fleet_.Observe(host_, session_.get(),
                     std::move(*incoming_.mutable_observation()));
    }
    for (v1::SwapReport& report : *incoming_.mutable_swap_reports()) {
      RETURN_IF_ERROR(TakeReport(report));
    }
    return absl::OkStatus();
  }

  absl::Status TakeHello() {
    if (!incoming_.has_hello()) {
      return absl::InvalidArgumentError("a session begins with hello");
    }
    const v1::Hello& hello = incoming_.hello();
    RETURN_IF_ERROR(CheckHello(hello));
    RETURN_IF_ERROR(AuthorizeHost(context_, hello.host().name()));
    RETURN_IF_ERROR(fleet_.Connect(hello, session_));
    host_ = hello.host().name();
    waiting_for_hello_.reset();
    return absl::OkStatus();
  }

  absl::Status TakeReport(v1::SwapReport& report) {
    if (report.id().empty()) {
      return absl::InvalidArgumentError("a swap report has no id");
    }
    if (!report.host().empty() && report.host() != host_) {
      return absl::PermissionDeniedError(
          absl::StrCat("swap report ", report.id(), " is of host ",
                       report.host(), ", and the session is of ", host_));
    }
    fleet_.Report(host_, session_.get(), std::move(report));
    return absl::OkStatus();
  }

  grpc::CallbackServerContext& context_;
  fleet::Fleet& fleet_;
  const std::shared_ptr<Session> session_;
  v1::AgentMessage incoming_;
  uint64_t next_sequence_ = 1;
  // Set by the hello; what follows is of this host.
  std::string host_;
  // Gone with the hello.
  std::shared_ptr<bool> waiting_for_hello_ = std::make_shared<bool>(true);
};

}  // namespace

grpc::ServerBidiReactor<v1::AgentMessage, v1::ControllerMessage>*
AgentService::Session(grpc::CallbackServerContext* context) {
  auto* stream = new SessionStream(*context, fleet_);
  stream->Begin(loop_, hello_timeout_);
  return stream;
}

ChannelReactor* AgentService::Channel(grpc::CallbackServerContext* context) {
  ChannelStreamSettings settings;
  settings.side = api::Channel::kAgent;
  settings.first_message_timeout = hello_timeout_;
  settings.find = [this, context](const v1::ChannelMessage& first)
      -> absl::StatusOr<std::shared_ptr<api::Channel>> {
    if (first.kind_case() != v1::ChannelMessage::kTake) {
      return absl::InvalidArgumentError(
          "an agent's channel begins with the one it takes");
    }
    return channels_.Take(first.take(), [context](const std::string& host) {
      return AuthorizeHost(*context, host);
    });
  };
  return StartChannelStream(context, loop_, std::move(settings));
}

}  // namespace rollout::api
