// SPDX-License-Identifier: Apache-2.0
//
// A controller as rolloutctl sees it: answers what the test gave it, over real
// gRPC on a loopback port the kernel chose, and remembers what it was asked.

#ifndef TESTS_FAKES_FAKE_OPERATOR_H_
#define TESTS_FAKES_FAKE_OPERATOR_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "proto/rollout/v1/operator_service.grpc.pb.h"

namespace rollout {

// How one Watch call goes: the statuses, then the end.
struct WatchScript {
  std::vector<v1::PlanStatus> statuses;
  grpc::Status end;
  // Stays open instead, until the client goes away.
  bool stay_open = false;
};

// Safe from any thread. Calls that nothing was prepared for are NOT_FOUND.
class FakeOperator final : public v1::OperatorService::Service {
 public:
  // Without `credentials` plaintext.
  explicit FakeOperator(
      std::shared_ptr<grpc::ServerCredentials> credentials = nullptr);
  ~FakeOperator() override;

  // "127.0.0.1:PORT".
  const std::string& address() const { return address_; }

  // Each call of the service by its name and its request as JSON:
  // `Pause {"plan":"web"}`.
  std::vector<std::string> calls() const;
  // The manifests of the last Apply or TryApply.
  std::vector<v1::ManifestFile> manifests() const;

  // Answers to give from now on.
  void SetApplied(v1::ApplyResponse applied);
  void SetPlan(v1::PlanStatus plan);
  void SetHost(v1::Host host);
  void SetSource(v1::Source source);
  void SetLists(v1::ListResponse lists);
  void SetUndone(v1::UndoResponse undone);
  void SetWhy(v1::WhyResponse why);
  // Every call but Watch fails so; OK ends that.
  void FailWith(grpc::Status failure);
  // What channels to a service's output give; those of proxies give back what
  // they get.
  void SetLines(v1::LogLines lines);
  // The next channel to output breaks after its lines.
  void BreakNextChannel();
  // The next Watch call, in order of adding.
  void AddWatch(WatchScript script);

  grpc::Status Apply(grpc::ServerContext*, const v1::ApplyRequest*,
                     v1::ApplyResponse*) override;
  grpc::Status TryApply(grpc::ServerContext*, const v1::ApplyRequest*,
                        v1::ApplyResponse*) override;
  grpc::Status SetArtifact(grpc::ServerContext*, const v1::SetArtifactRequest*,
                           v1::ApplyResponse*) override;
  grpc::Status Get(grpc::ServerContext*, const v1::GetRequest*,
                   v1::GetResponse*) override;
  grpc::Status List(grpc::ServerContext*, const v1::ListRequest*,
                    v1::ListResponse*) override;
  grpc::Status Why(grpc::ServerContext*, const v1::WhyRequest*,
                   v1::WhyResponse*) override;
  grpc::Status Watch(grpc::ServerContext*, const v1::WatchRequest*,
                     grpc::ServerWriter<v1::PlanStatus>*) override;
  grpc::Status Delete(grpc::ServerContext*, const v1::DeleteRequest*,
                      v1::DeleteResponse*) override;
  grpc::Status Pause(grpc::ServerContext*, const v1::PauseRequest*,
                     v1::PauseResponse*) override;
  grpc::Status Sync(grpc::ServerContext*, const v1::SyncRequest*,
                    v1::SyncResponse*) override;
  grpc::Status Retry(grpc::ServerContext*, const v1::RetryRequest*,
                     v1::RetryResponse*) override;
  grpc::Status Resume(grpc::ServerContext*, const v1::ResumeRequest*,
                      v1::ResumeResponse*) override;
  grpc::Status Abort(grpc::ServerContext*, const v1::AbortRequest*,
                     v1::AbortResponse*) override;
  grpc::Status Cordon(grpc::ServerContext*, const v1::CordonRequest*,
                      v1::CordonResponse*) override;
  grpc::Status Uncordon(grpc::ServerContext*, const v1::UncordonRequest*,
                        v1::UncordonResponse*) override;
  grpc::Status Freeze(grpc::ServerContext*, const v1::FreezeRequest*,
                      v1::FreezeResponse*) override;
  grpc::Status Unfreeze(grpc::ServerContext*, const v1::UnfreezeRequest*,
                        v1::UnfreezeResponse*) override;
  grpc::Status OverrideFreeze(grpc::ServerContext*,
                              const v1::OverrideFreezeRequest*,
                              v1::OverrideFreezeResponse*) override;
  grpc::Status Promote(grpc::ServerContext*, const v1::PromoteRequest*,
                       v1::PromoteResponse*) override;
  grpc::Status Approve(grpc::ServerContext*, const v1::ApproveRequest*,
                       v1::ApproveResponse*) override;
  grpc::Status Reject(grpc::ServerContext*, const v1::RejectRequest*,
                      v1::RejectResponse*) override;
  grpc::Status Undo(grpc::ServerContext*, const v1::UndoRequest*,
                    v1::UndoResponse*) override;
  grpc::Status Channel(grpc::ServerContext*,
                       grpc::ServerReaderWriter<v1::ChannelMessage,
                                                v1::ChannelMessage>*) override;

 private:
  // Remembers the call; returns what it fails with.
  grpc::Status Note(const std::string& call,
                    const google::protobuf::Message& request);
  grpc::Status NoteApply(const std::string& call,
                         const v1::ApplyRequest& request,
                         v1::ApplyResponse* response);

  mutable Mutex mutex_;
  CondVar stopping_changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
  grpc::Status failure_ ABSL_GUARDED_BY(mutex_);
  v1::ApplyRequest last_apply_ ABSL_GUARDED_BY(mutex_);
  v1::ApplyResponse applied_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::PlanStatus> plans_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::Host> hosts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::Source> sources_ ABSL_GUARDED_BY(mutex_);
  v1::ListResponse lists_ ABSL_GUARDED_BY(mutex_);
  v1::UndoResponse undone_ ABSL_GUARDED_BY(mutex_);
  v1::WhyResponse why_ ABSL_GUARDED_BY(mutex_);
  v1::LogLines lines_ ABSL_GUARDED_BY(mutex_);
  bool break_next_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<WatchScript> watches_ ABSL_GUARDED_BY(mutex_);
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_OPERATOR_H_
