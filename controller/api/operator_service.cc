// SPDX-License-Identifier: Apache-2.0

#include "controller/api/operator_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "controller/api/apply.h"
#include "controller/api/authorization.h"
#include "controller/api/grpc_status.h"
#include "controller/api/queries.h"

namespace rollout::api {
namespace {

using grpc::ServerUnaryReactor;

constexpr size_t kMaxReasonBytes = 4096;

ServerUnaryReactor* Finish(grpc::CallbackServerContext* context,
                           const absl::Status& status) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

// Who asks, and why.
absl::StatusOr<v1::Cause> CauseOf(const grpc::CallbackServerContext& context,
                                  const std::string& message) {
  auto user = AuthorizeOperator(context);
  if (!user.ok()) return user.status();
  if (message.size() > kMaxReasonBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the message has ", message.size(), " bytes: at most ",
                     kMaxReasonBytes, " are kept"));
  }
  v1::Cause cause;
  cause.set_user(*user);
  cause.set_message(message);
  return cause;
}

// What answers with nothing but success. `operation` gets the cause and what to
// call when it is done.
template <typename Operation>
ServerUnaryReactor* CarryOut(grpc::CallbackServerContext* context,
                             const std::string& message, Operation operation) {
  auto cause = CauseOf(*context, message);
  if (!cause.ok()) return Finish(context, cause.status());
  ServerUnaryReactor* reactor = context->DefaultReactor();
  operation(*std::move(cause), [reactor](absl::Status status) {
    reactor->Finish(ToGrpcStatus(status));
  });
  return reactor;
}

// Pause, approve and their like.
template <typename Request>
ServerUnaryReactor* Control(
    grpc::CallbackServerContext* context, const Request& request,
    store::PlanOperations& operations,
    void (store::PlanOperations::*operation)(const std::string&, v1::Cause,
                                             store::PlanOperations::Done)) {
  return CarryOut(context, request.message(), [&](v1::Cause cause, auto done) {
    (operations.*operation)(request.plan(), std::move(cause), std::move(done));
  });
}

// A watch that is refused.
class Refusal : public grpc::ServerWriteReactor<v1::PlanStatus> {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

ServerUnaryReactor* OperatorService::Apply(Context* context,
                                           const v1::ApplyRequest* request,
                                           v1::ApplyResponse* response) {
  auto cause = CauseOf(*context, request->message());
  if (!cause.ok()) return Finish(context, cause.status());
  auto checked = CheckApply(*request, rooms_.catalog, rooms_.fleet);
  if (!checked.ok()) return Finish(context, checked.status());
  ServerUnaryReactor* reactor = context->DefaultReactor();
  rooms_.operations.Apply(
      std::move(checked->specs), *std::move(cause),
      [reactor, response, warnings = std::move(checked->warnings)](
          absl::StatusOr<std::vector<store::Applied>> applied) {
        if (applied.ok()) *response = MakeApplyResponse(*applied, warnings);
        reactor->Finish(ToGrpcStatus(applied.status()));
      });
  return reactor;
}

ServerUnaryReactor* OperatorService::Get(Context* context,
                                         const v1::GetRequest* request,
                                         v1::GetResponse* response) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return Finish(context, user.status());
  auto answer = api::Get(*request, rooms_.reader);
  if (answer.ok()) *response = *std::move(answer);
  return Finish(context, answer.status());
}

ServerUnaryReactor* OperatorService::List(Context* context,
                                          const v1::ListRequest* request,
                                          v1::ListResponse* response) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return Finish(context, user.status());
  auto answer =
      api::List(*request, rooms_.reader, rooms_.catalog, rooms_.history);
  if (answer.ok()) *response = *std::move(answer);
  return Finish(context, answer.status());
}

grpc::ServerWriteReactor<v1::PlanStatus>* OperatorService::Watch(
    Context* context, const v1::WatchRequest* request) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return new Refusal(user.status());
  return rooms_.watches.Start(*request);
}

ServerUnaryReactor* OperatorService::Pause(Context* context,
                                           const v1::PauseRequest* request,
                                           v1::PauseResponse*) {
  return Control(context, *request, rooms_.operations,
                 &store::PlanOperations::Pause);
}

ServerUnaryReactor* OperatorService::Resume(Context* context,
                                            const v1::ResumeRequest* request,
                                            v1::ResumeResponse*) {
  return Control(context, *request, rooms_.operations,
                 &store::PlanOperations::Resume);
}

ServerUnaryReactor* OperatorService::Abort(Context* context,
                                           const v1::AbortRequest* request,
                                           v1::AbortResponse*) {
  return Control(context, *request, rooms_.operations,
                 &store::PlanOperations::Abort);
}

ServerUnaryReactor* OperatorService::Promote(Context* context,
                                             const v1::PromoteRequest* request,
                                             v1::PromoteResponse*) {
  return CarryOut(context, request->message(), [&](v1::Cause cause, auto done) {
    rooms_.operations.Promote(request->plan(), request->full(),
                              std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Approve(Context* context,
                                             const v1::ApproveRequest* request,
                                             v1::ApproveResponse*) {
  return Control(context, *request, rooms_.operations,
                 &store::PlanOperations::Approve);
}

ServerUnaryReactor* OperatorService::Reject(Context* context,
                                            const v1::RejectRequest* request,
                                            v1::RejectResponse*) {
  return Control(context, *request, rooms_.operations,
                 &store::PlanOperations::Reject);
}

ServerUnaryReactor* OperatorService::Undo(Context* context,
                                          const v1::UndoRequest* request,
                                          v1::UndoResponse* response) {
  auto cause = CauseOf(*context, request->message());
  if (!cause.ok()) return Finish(context, cause.status());
  ServerUnaryReactor* reactor = context->DefaultReactor();
  rooms_.operations.Undo(
      request->plan(), request->to_revision(), *std::move(cause),
      [this](const store::NamedSpec& named) {
        return CheckSpec(named, rooms_.catalog, rooms_.fleet);
      },
      [reactor, response](absl::StatusOr<store::Undone> undone) {
        if (undone.ok()) {
          response->set_rollout(undone->rollout);
          response->set_revision(undone->revision);
        }
        reactor->Finish(ToGrpcStatus(undone.status()));
      });
  return reactor;
}

ServerUnaryReactor* OperatorService::Cordon(Context* context,
                                            const v1::CordonRequest* request,
                                            v1::CordonResponse*) {
  return CarryOut(context, request->message(), [&](v1::Cause cause, auto done) {
    rooms_.holds.Cordon(request->host(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Uncordon(
    Context* context, const v1::UncordonRequest* request,
    v1::UncordonResponse*) {
  return CarryOut(context, request->message(), [&](v1::Cause cause, auto done) {
    rooms_.holds.Uncordon(request->host(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Freeze(Context* context,
                                            const v1::FreezeRequest* request,
                                            v1::FreezeResponse*) {
  return CarryOut(context, request->message(), [&](v1::Cause cause, auto done) {
    rooms_.holds.Freeze(request->hosts(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Unfreeze(
    Context* context, const v1::UnfreezeRequest* request,
    v1::UnfreezeResponse*) {
  return CarryOut(context, request->message(), [&](v1::Cause cause, auto done) {
    rooms_.holds.Unfreeze(request->hosts(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::OverrideFreeze(
    Context* context, const v1::OverrideFreezeRequest* request,
    v1::OverrideFreezeResponse*) {
  return Control(context, *request, rooms_.operations,
                 &store::PlanOperations::OverrideFreeze);
}

ChannelReactor* OperatorService::Channel(Context* context) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return RefuseChannelStream(user.status());
  ChannelStreamSettings settings;
  settings.side = api::Channel::kOperator;
  settings.first_message_timeout = rooms_.first_message_timeout;
  settings.find = [this](const v1::ChannelMessage& first)
      -> absl::StatusOr<std::shared_ptr<api::Channel>> {
    if (!first.has_request()) {
      return absl::InvalidArgumentError(
          "an operator's channel begins with a request");
    }
    return rooms_.channels.Open(first.request());
  };
  return StartChannelStream(context, rooms_.loop, std::move(settings));
}

}  // namespace rollout::api
