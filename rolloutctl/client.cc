// SPDX-License-Identifier: Apache-2.0

#include "rolloutctl/client.h"

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file_system.h"
#include "base/grpc_credentials.h"
#include "base/grpc_settings.h"
#include "base/status_macros.h"
#include "base/transport_security.h"
#include "grpcpp/create_channel.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"
#include "rolloutctl/connection_choice.h"
#include "rolloutctl/diagnosis.h"

namespace rollout::ctl {
namespace {

using Stub = v1::OperatorService::Stub;

// Marks what the controller denied.
constexpr char kDenied[] = "rollout.v1/Denied";

void SetTimeout(grpc::ClientContext& context, absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) return;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
}

}  // namespace

bool IsDenied(const absl::Status& status) {
  return status.GetPayload(kDenied).has_value();
}

struct Client::Connection {
  ClientPatience patience;
  TransportSecurity security;
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<Stub> stub;

  // What a call's end means to the user.
  absl::Status Explain(const grpc::Status& status) const;

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request) {
    grpc::ClientContext context;
    SetTimeout(context, patience.timeout);
    Response response;
    grpc::Status status = (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return Explain(status);
    return response;
  }
};

absl::Status Client::Connection::Explain(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  auto code = static_cast<absl::StatusCode>(status.error_code());
  bool silent = code == absl::StatusCode::kUnavailable ||
                code == absl::StatusCode::kDeadlineExceeded;
  if (silent && channel->GetState(false) != GRPC_CHANNEL_READY) {
    const auto why = patience.diagnose ? WhyUnreachable(address, security.tls)
                                       : std::nullopt;
    return absl::UnavailableError(
        absl::StrCat("cannot reach the controller at ", address, ": ",
                     why.value_or(status.error_message())));
  }
  if (code == absl::StatusCode::kUnimplemented) {
    return absl::UnimplementedError(
        absl::StrCat("what listens at ", address,
                     " does not know this call: is it a controller of the same "
                     "version as this rolloutctl?"));
  }
  if (code == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(
        absl::StrCat("the controller at ", address,
                     " is connected but did not answer in time: look at its "
                     "log, then try again"));
  }
  absl::Status explained(code, status.error_message());
  if (absl::IsPermissionDenied(explained)) {
    explained.SetPayload(kDenied, absl::Cord());
  }
  return explained;
}

class Client::Channel : public ChannelCall {
 public:
  Channel(const Connection& connection, const v1::ChannelRequest& request)
      : connection_(connection), stream_(connection.stub->Channel(&context_)) {
    v1::ChannelMessage message;
    *message.mutable_request() = request;
    stream_->Write(message);
  }
  ~Channel() override {
    if (!finished_) {
      Cancel();
      Finish().IgnoreError();
    }
  }

  bool Read(v1::ChannelMessage* message) override {
    return stream_->Read(message);
  }
  bool Write(const v1::ChannelMessage& message) override {
    return stream_->Write(message);
  }
  absl::Status Finish() override {
    finished_ = true;
    v1::ChannelMessage ignored;
    while (stream_->Read(&ignored)) {
    }
    return connection_.Explain(stream_->Finish());
  }
  void Cancel() override { context_.TryCancel(); }

 private:
  const Connection& connection_;
  grpc::ClientContext context_;
  const std::unique_ptr<
      grpc::ClientReaderWriter<v1::ChannelMessage, v1::ChannelMessage>>
      stream_;
  bool finished_ = false;
};

absl::StatusOr<std::unique_ptr<Client>> Client::Make(
    const ConnectionFlags& flags, const ClientPatience& patience) {
  PosixFileSystem files;
  ASSIGN_OR_RETURN(ConnectionSettings settings, ChooseConnection(files, flags));
  auto connection = std::make_unique<Connection>();
  connection->patience = patience;
  connection->address = settings.controller;
  connection->security = {{settings.ca, settings.certificate, settings.key},
                          settings.insecure_loopback};
  ASSIGN_OR_RETURN(
      auto credentials,
      MakeChannelCredentials(connection->security, settings.controller));
  connection->channel = grpc::CreateCustomChannel(
      settings.controller, credentials, MakeChannelArguments(kOperatorPing));
  connection->stub = v1::OperatorService::NewStub(connection->channel);
  return std::unique_ptr<Client>(new Client(std::move(connection)));
}

Client::Client(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

Client::~Client() = default;

absl::StatusOr<v1::ApplyResponse> Client::Apply(
    const v1::ApplyRequest& request) {
  return connection_->Call(&Stub::Apply, request);
}

absl::StatusOr<v1::ApplyResponse> Client::TryApply(
    const v1::ApplyRequest& request) {
  return connection_->Call(&Stub::TryApply, request);
}

absl::StatusOr<v1::ApplyResponse> Client::SetArtifact(
    const v1::SetArtifactRequest& request) {
  return connection_->Call(&Stub::SetArtifact, request);
}

absl::StatusOr<v1::GetResponse> Client::Get(const v1::GetRequest& request) {
  return connection_->Call(&Stub::Get, request);
}

absl::StatusOr<v1::ListResponse> Client::List(const v1::ListRequest& request) {
  return connection_->Call(&Stub::List, request);
}

absl::StatusOr<v1::PauseResponse> Client::Pause(
    const v1::PauseRequest& request) {
  return connection_->Call(&Stub::Pause, request);
}

absl::StatusOr<v1::RetryResponse> Client::Retry(
    const v1::RetryRequest& request) {
  return connection_->Call(&Stub::Retry, request);
}

absl::StatusOr<v1::SyncResponse> Client::Sync(const v1::SyncRequest& request) {
  return connection_->Call(&Stub::Sync, request);
}

absl::StatusOr<v1::ResumeResponse> Client::Resume(
    const v1::ResumeRequest& request) {
  return connection_->Call(&Stub::Resume, request);
}

absl::StatusOr<v1::AbortResponse> Client::Abort(
    const v1::AbortRequest& request) {
  return connection_->Call(&Stub::Abort, request);
}

absl::StatusOr<v1::PromoteResponse> Client::Promote(
    const v1::PromoteRequest& request) {
  return connection_->Call(&Stub::Promote, request);
}

absl::StatusOr<v1::ApproveResponse> Client::Approve(
    const v1::ApproveRequest& request) {
  return connection_->Call(&Stub::Approve, request);
}

absl::StatusOr<v1::RejectResponse> Client::Reject(
    const v1::RejectRequest& request) {
  return connection_->Call(&Stub::Reject, request);
}

absl::StatusOr<v1::WhyResponse> Client::Why(const v1::WhyRequest& request) {
  return connection_->Call(&Stub::Why, request);
}

absl::StatusOr<v1::UndoResponse> Client::Undo(const v1::UndoRequest& request) {
  return connection_->Call(&Stub::Undo, request);
}

absl::StatusOr<v1::DeleteResponse> Client::Delete(
    const v1::DeleteRequest& request) {
  return connection_->Call(&Stub::Delete, request);
}

absl::StatusOr<v1::CordonResponse> Client::Cordon(
    const v1::CordonRequest& request) {
  return connection_->Call(&Stub::Cordon, request);
}

absl::StatusOr<v1::UncordonResponse> Client::Uncordon(
    const v1::UncordonRequest& request) {
  return connection_->Call(&Stub::Uncordon, request);
}

absl::StatusOr<v1::FreezeResponse> Client::Freeze(
    const v1::FreezeRequest& request) {
  return connection_->Call(&Stub::Freeze, request);
}

absl::StatusOr<v1::UnfreezeResponse> Client::Unfreeze(
    const v1::UnfreezeRequest& request) {
  return connection_->Call(&Stub::Unfreeze, request);
}

absl::StatusOr<v1::OverrideFreezeResponse> Client::OverrideFreeze(
    const v1::OverrideFreezeRequest& request) {
  return connection_->Call(&Stub::OverrideFreeze, request);
}

absl::Status Client::Watch(
    const v1::WatchRequest& request, absl::Duration timeout,
    const std::function<bool(const v1::PlanStatus&)>& on_status) {
  grpc::ClientContext context;
  SetTimeout(context, timeout);
  auto stream = connection_->stub->Watch(&context, request);
  v1::PlanStatus status;
  while (stream->Read(&status)) {
    if (on_status(status)) continue;
    context.TryCancel();
    stream->Finish();
    return absl::OkStatus();
  }
  return connection_->Explain(stream->Finish());
}

std::unique_ptr<ChannelCall> Client::OpenChannel(
    const v1::ChannelRequest& request) {
  return std::make_unique<Channel>(*connection_, request);
}

}  // namespace rollout::ctl
