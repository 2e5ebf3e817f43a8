// SPDX-License-Identifier: Apache-2.0
//
// The gRPC service that rolloutctl and scripts call. Every call needs an
// operator's certificate. Called on gRPC's threads: nothing here waits.

#ifndef CONTROLLER_API_OPERATOR_SERVICE_H_
#define CONTROLLER_API_OPERATOR_SERVICE_H_

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "controller/api/audit.h"
#include "controller/api/channel_stream.h"
#include "controller/api/channels.h"
#include "controller/api/plan_watches.h"
#include "controller/api/status_reader.h"
#include "controller/fleet/fleet.h"
#include "controller/gitops/sources.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/hold_operations.h"
#include "controller/store/plan_operations.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"

namespace rollout::api {

// What the calls work with. All must outlive the server.
struct OperatorRooms {
  store::Catalog& catalog;
  store::History& history;
  store::PlanOperations& operations;
  store::HoldOperations& holds;
  gitops::Sources& sources;
  fleet::Fleet& fleet;
  const StatusReader& reader;
  PlanWatches& watches;
  Channels& channels;
  Audit& audit;
  const Clock& clock;
  // Counts; and how long a channel may be silent at first.
  EventLoop& loop;
  absl::Duration first_message_timeout;
};

class OperatorService : public v1::OperatorService::CallbackService {
 public:
  explicit OperatorService(const OperatorRooms& rooms) : rooms_(rooms) {}

  using Context = grpc::CallbackServerContext;

  grpc::ServerUnaryReactor* Apply(Context* context,
                                  const v1::ApplyRequest* request,
                                  v1::ApplyResponse* response) override;
  grpc::ServerUnaryReactor* TryApply(Context* context,
                                     const v1::ApplyRequest* request,
                                     v1::ApplyResponse* response) override;
  grpc::ServerUnaryReactor* SetArtifact(Context* context,
                                        const v1::SetArtifactRequest* request,
                                        v1::ApplyResponse* response) override;
  grpc::ServerUnaryReactor* Get(Context* context, const v1::GetRequest* request,
                                v1::GetResponse* response) override;
  grpc::ServerUnaryReactor* List(Context* context,
                                 const v1::ListRequest* request,
                                 v1::ListResponse* response) override;
  grpc::ServerUnaryReactor* Why(Context* context, const v1::WhyRequest* request,
                                v1::WhyResponse* response) override;
  grpc::ServerWriteReactor<v1::PlanStatus>* Watch(
      Context* context, const v1::WatchRequest* request) override;
  grpc::ServerUnaryReactor* Pause(Context* context,
                                  const v1::PauseRequest* request,
                                  v1::PauseResponse* response) override;
  grpc::ServerUnaryReactor* Resume(Context* context,
                                   const v1::ResumeRequest* request,
                                   v1::ResumeResponse* response) override;
  grpc::ServerUnaryReactor* Abort(Context* context,
                                  const v1::AbortRequest* request,
                                  v1::AbortResponse* response) override;
  grpc::ServerUnaryReactor* Promote(Context* context,
                                    const v1::PromoteRequest* request,
                                    v1::PromoteResponse* response) override;
  grpc::ServerUnaryReactor* Approve(Context* context,
                                    const v1::ApproveRequest* request,
                                    v1::ApproveResponse* response) override;
  grpc::ServerUnaryReactor* Reject(Context* context,
                                   const v1::RejectRequest* request,
                                   v1::RejectResponse* response) override;
  grpc::ServerUnaryReactor* Retry(Context* context,
                                  const v1::RetryRequest* request,
                                  v1::RetryResponse* response) override;
  grpc::ServerUnaryReactor* Undo(Context* context,
                                 const v1::UndoRequest* request,
                                 v1::UndoResponse* response) override;
  grpc::ServerUnaryReactor* Delete(Context* context,
                                   const v1::DeleteRequest* request,
                                   v1::DeleteResponse* response) override;
  grpc::ServerUnaryReactor* Cordon(Context* context,
                                   const v1::CordonRequest* request,
                                   v1::CordonResponse* response) override;
  grpc::ServerUnaryReactor* Uncordon(Context* context,
                                     const v1::UncordonRequest* request,
                                     v1::UncordonResponse* response) override;
  grpc::ServerUnaryReactor* Freeze(Context* context,
                                   const v1::FreezeRequest* request,
                                   v1::FreezeResponse* response) override;
  grpc::ServerUnaryReactor* Unfreeze(Context* context,
                                     const v1::UnfreezeRequest* request,
                                     v1::UnfreezeResponse* response) override;
  grpc::ServerUnaryReactor* OverrideFreeze(
      Context* context, const v1::OverrideFreezeRequest* request,
      v1::OverrideFreezeResponse* response) override;
  grpc::ServerUnaryReactor* Sync(Context* context,
                                 const v1::SyncRequest* request,
                                 v1::SyncResponse* response) override;
  ChannelReactor* Channel(Context* context) override;

 private:
  const OperatorRooms rooms_;
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_OPERATOR_SERVICE_H_
