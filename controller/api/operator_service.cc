// SPDX-License-Identifier: Apache-2.0

#include "controller/api/operator_service.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/peer_address.h"
#include "base/status_macros.h"
#include "controller/api/apply.h"
#include "controller/api/authorization.h"
#include "controller/api/grpc_status.h"
#include "controller/api/queries.h"
#include "controller/manifest/artifact_reader.h"
#include "controller/store/word.h"

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

// Who asks, operator or not, and from where.
v1::Cause CallerIn(const grpc::CallbackServerContext& context) {
  v1::Cause caller;
  caller.set_user(CallerOf(context));
  caller.set_address(PeerAddress(context.peer()));
  return caller;
}

// That an operator asks, for a reason that can be kept.
absl::Status CheckAsked(const grpc::CallbackServerContext& context,
                        const std::string& message) {
  RETURN_IF_ERROR(AuthorizeOperator(context).status());
  if (message.size() <= kMaxReasonBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the message has ", message.size(), " bytes: at most ",
                   kMaxReasonBytes, " are kept"));
}

// All that changes something. `operation` gets the cause and what to call when
// it is done; request and response live until then.
template <typename Request, typename Operation>
ServerUnaryReactor* CarryOut(grpc::CallbackServerContext* context,
                             const OperatorRooms& rooms, const Request& request,
                             Operation operation) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  v1::Cause caller = CallerIn(*context);
  auto done = [&audit = rooms.audit, &request, caller,
               reactor](const absl::Status& status) {
    audit.Ended(caller, request, status);
    reactor->Finish(ToGrpcStatus(status));
  };
  absl::Status asked = CheckAsked(*context, request.message());
  if (asked.ok()) {
    caller.set_message(request.message());
    operation(std::move(caller), done);
  } else {
    done(asked);
  }
  return reactor;
}

// Pause, approve and their like.
template <typename Request>
ServerUnaryReactor* Control(
    grpc::CallbackServerContext* context, const OperatorRooms& rooms,
    const Request& request,
    void (store::PlanOperations::*operation)(const std::string&, v1::Cause,
                                             store::PlanOperations::Done)) {
  return CarryOut(context, rooms, request, [&](v1::Cause cause, auto done) {
    (rooms.operations.*operation)(request.plan(), std::move(cause),
                                  std::move(done));
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
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    auto checked = CheckApply(*request, rooms_.catalog, rooms_.fleet);
    if (!checked.ok()) return done(checked.status());
    rooms_.operations.Apply(
        std::move(checked->specs), std::move(cause),
        [done, response, warnings = std::move(checked->warnings)](
            absl::StatusOr<std::vector<store::Applied>> applied) {
          if (applied.ok()) *response = MakeApplyResponse(*applied, warnings);
          done(applied.status());
        });
  });
}

ServerUnaryReactor* OperatorService::TryApply(Context* context,
                                              const v1::ApplyRequest* request,
                                              v1::ApplyResponse* response) {
  absl::Status status = CheckAsked(*context, request->message());
  if (status.ok()) {
    auto tried = api::TryApply(*request, rooms_.catalog, rooms_.fleet,
                               rooms_.operations);
    if (tried.ok()) *response = *std::move(tried);
    status = tried.status();
  }
  // Told apart from an apply: the requests have one name.
  rooms_.audit.Ended(
      CallerIn(*context), *request,
      absl::Status(status.code(),
                   absl::StrCat("a dry run: ", status.message())));
  return Finish(context, status);
}

ServerUnaryReactor* OperatorService::SetArtifact(
    Context* context, const v1::SetArtifactRequest* request,
    v1::ApplyResponse* response) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    auto artifact = manifest::MakeArtifact(request->url(), request->sha256());
    if (!artifact.ok()) return done(artifact.status());
    rooms_.operations.SetArtifact(
        request->plan(), *std::move(artifact), std::move(cause),
        [this](const store::NamedSpec& named) {
          return CheckSpec(named, rooms_.catalog, rooms_.fleet);
        },
        [done, response](absl::StatusOr<std::vector<store::Applied>> applied) {
          if (applied.ok()) *response = MakeApplyResponse(*applied, {});
          done(applied.status());
        });
  });
}

ServerUnaryReactor* OperatorService::Get(Context* context,
                                         const v1::GetRequest* request,
                                         v1::GetResponse* response) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return Finish(context, user.status());
  auto answer = api::Get(*request, rooms_.reader, rooms_.sources);
  if (answer.ok()) *response = *std::move(answer);
  return Finish(context, answer.status());
}

ServerUnaryReactor* OperatorService::List(Context* context,
                                          const v1::ListRequest* request,
                                          v1::ListResponse* response) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return Finish(context, user.status());
  auto answer =
      api::List(*request, {rooms_.reader, rooms_.catalog, rooms_.history,
                           rooms_.sources, rooms_.clock});
  if (answer.ok()) *response = *std::move(answer);
  return Finish(context, answer.status());
}

ServerUnaryReactor* OperatorService::Why(Context* context,
                                         const v1::WhyRequest* request,
                                         v1::WhyResponse* response) {
  auto user = AuthorizeOperator(*context);
  if (!user.ok()) return Finish(context, user.status());
  auto answer = api::Why(*request, rooms_.reader);
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
  return Control(context, rooms_, *request, &store::PlanOperations::Pause);
}

ServerUnaryReactor* OperatorService::Resume(Context* context,
                                            const v1::ResumeRequest* request,
                                            v1::ResumeResponse*) {
  return Control(context, rooms_, *request, &store::PlanOperations::Resume);
}

ServerUnaryReactor* OperatorService::Abort(Context* context,
                                           const v1::AbortRequest* request,
                                           v1::AbortResponse*) {
  return Control(context, rooms_, *request, &store::PlanOperations::Abort);
}

ServerUnaryReactor* OperatorService::Promote(Context* context,
                                             const v1::PromoteRequest* request,
                                             v1::PromoteResponse*) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.operations.Promote(request->plan(), request->full(),
                              std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Approve(Context* context,
                                             const v1::ApproveRequest* request,
                                             v1::ApproveResponse*) {
  return Control(context, rooms_, *request, &store::PlanOperations::Approve);
}

ServerUnaryReactor* OperatorService::Reject(Context* context,
                                            const v1::RejectRequest* request,
                                            v1::RejectResponse*) {
  return Control(context, rooms_, *request, &store::PlanOperations::Reject);
}

ServerUnaryReactor* OperatorService::Retry(Context* context,
                                           const v1::RetryRequest* request,
                                           v1::RetryResponse*) {
  return Control(context, rooms_, *request, &store::PlanOperations::Retry);
}

ServerUnaryReactor* OperatorService::Undo(Context* context,
                                          const v1::UndoRequest* request,
                                          v1::UndoResponse* response) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.operations.Undo(
        request->plan(), request->to_revision(), std::move(cause),
        [this](const store::NamedSpec& named) {
          return CheckSpec(named, rooms_.catalog, rooms_.fleet);
        },
        [done, response](absl::StatusOr<store::Undone> undone) {
          if (undone.ok()) {
            response->set_rollout(undone->rollout);
            response->set_revision(undone->revision);
          }
          done(undone.status());
        });
  });
}

ServerUnaryReactor* OperatorService::Delete(Context* context,
                                            const v1::DeleteRequest* request,
                                            v1::DeleteResponse*) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.operations.Delete(request->plan(), request->stop(), std::move(cause),
                             std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Cordon(Context* context,
                                            const v1::CordonRequest* request,
                                            v1::CordonResponse*) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.holds.Cordon(request->host(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Uncordon(
    Context* context, const v1::UncordonRequest* request,
    v1::UncordonResponse*) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.holds.Uncordon(request->host(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Freeze(Context* context,
                                            const v1::FreezeRequest* request,
                                            v1::FreezeResponse*) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.holds.Freeze(request->hosts(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::Unfreeze(
    Context* context, const v1::UnfreezeRequest* request,
    v1::UnfreezeResponse*) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.holds.Unfreeze(request->hosts(), std::move(cause), std::move(done));
  });
}

ServerUnaryReactor* OperatorService::OverrideFreeze(
    Context* context, const v1::OverrideFreezeRequest* request,
    v1::OverrideFreezeResponse*) {
  return Control(context, rooms_, *request,
                 &store::PlanOperations::OverrideFreeze);
}

ServerUnaryReactor* OperatorService::Sync(Context* context,
                                          const v1::SyncRequest* request,
                                          v1::SyncResponse* response) {
  return CarryOut(context, rooms_, *request, [&](v1::Cause cause, auto done) {
    rooms_.sources.Sync(
        request->source(), [this, request, response, cause = std::move(cause),
                            done](absl::StatusOr<v1::Source> source) {
          if (source.ok()) {
            // What it led to is told in the source's name.
            rooms_.history.AddRequest(
                store::Word{cause, rooms_.clock.Now()}.Done(
                    "SyncRequested",
                    absl::StrCat("source ", request->source())));
            *response->mutable_source() = *std::move(source);
          }
          done(source.status());
        });
  });
}

ChannelReactor* OperatorService::Channel(Context* context) {
  const v1::Cause caller = CallerIn(*context);
  if (auto user = AuthorizeOperator(*context); !user.ok()) {
    rooms_.audit.ChannelEnded(caller, {}, user.status());
    return RefuseChannelStream(user.status());
  }
  // Empty until the stream has said what it wants.
  auto request = std::make_shared<v1::ChannelRequest>();
  ChannelStreamSettings settings;
  settings.side = api::Channel::kOperator;
  settings.first_message_timeout = rooms_.first_message_timeout;
  settings.find = [this, request](const v1::ChannelMessage& first)
      -> absl::StatusOr<std::shared_ptr<api::Channel>> {
    if (!first.has_request()) {
      return absl::InvalidArgumentError(
          "an operator's channel begins with a request");
    }
    *request = first.request();
    return rooms_.channels.Open(*request);
  };
  settings.on_outcome = [this, caller, request](const absl::Status& outcome) {
    rooms_.audit.ChannelEnded(caller, *request, outcome);
  };
  return StartChannelStream(context, rooms_.loop, std::move(settings));
}

}  // namespace rollout::api
