// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/fake_operator.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/grpc_settings.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/server_builder.h"

namespace rollout {
namespace {

grpc::Status NotFound(const std::string& what) {
  return grpc::Status(grpc::StatusCode::NOT_FOUND, what);
}

}  // namespace

FakeOperator::FakeOperator(
    std::shared_ptr<grpc::ServerCredentials> credentials) {
  if (credentials == nullptr) credentials = grpc::InsecureServerCredentials();
  grpc::ServerBuilder builder;
  ApplyServerSettings(builder);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  CHECK(server_ != nullptr && port != 0);
  address_ = absl::StrCat("127.0.0.1:", port);
}

FakeOperator::~FakeOperator() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    stopping_changed_.NotifyAll();
  }
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

std::vector<std::string> FakeOperator::calls() const {
  MutexLock lock(&mutex_);
  return calls_;
}

std::vector<v1::ManifestFile> FakeOperator::manifests() const {
  MutexLock lock(&mutex_);
  return {last_apply_.manifests().begin(), last_apply_.manifests().end()};
}

void FakeOperator::SetApplied(v1::ApplyResponse applied) {
  MutexLock lock(&mutex_);
  applied_ = std::move(applied);
}

void FakeOperator::SetPlan(v1::PlanStatus plan) {
  MutexLock lock(&mutex_);
  plans_[plan.plan().name()] = std::move(plan);
}

void FakeOperator::SetHost(v1::Host host) {
  MutexLock lock(&mutex_);
  hosts_[host.info().name()] = std::move(host);
}

void FakeOperator::SetSource(v1::Source source) {
  MutexLock lock(&mutex_);
  sources_[source.name()] = std::move(source);
}

void FakeOperator::SetLists(v1::ListResponse lists) {
  MutexLock lock(&mutex_);
  lists_ = std::move(lists);
}

void FakeOperator::SetUndone(v1::UndoResponse undone) {
  MutexLock lock(&mutex_);
  undone_ = std::move(undone);
}

void FakeOperator::SetWhy(v1::WhyResponse why) {
  MutexLock lock(&mutex_);
  why_ = std::move(why);
}

void FakeOperator::FailWith(grpc::Status failure) {
  MutexLock lock(&mutex_);
  failure_ = std::move(failure);
}

void FakeOperator::AddWatch(WatchScript script) {
  MutexLock lock(&mutex_);
  watches_.push_back(std::move(script));
}

grpc::Status FakeOperator::Note(const std::string& call,
                                const google::protobuf::Message& request) {
  std::string json;
  CHECK(google::protobuf::util::MessageToJsonString(request, &json).ok());
  MutexLock lock(&mutex_);
  calls_.push_back(absl::StrCat(call, " ", json));
  return failure_;
}

grpc::Status FakeOperator::NoteApply(const std::string& call,
                                     const v1::ApplyRequest& request,
                                     v1::ApplyResponse* response) {
  grpc::Status failure = Note(call, request);
  MutexLock lock(&mutex_);
  last_apply_ = request;
  *response = applied_;
  return failure;
}

grpc::Status FakeOperator::Apply(grpc::ServerContext*,
                                 const v1::ApplyRequest* request,
                                 v1::ApplyResponse* response) {
  return NoteApply("Apply", *request, response);
}

grpc::Status FakeOperator::TryApply(grpc::ServerContext*,
                                    const v1::ApplyRequest* request,
                                    v1::ApplyResponse* response) {
  return NoteApply("TryApply", *request, response);
}

grpc::Status FakeOperator::SetArtifact(grpc::ServerContext*,
                                       const v1::SetArtifactRequest* request,
                                       v1::ApplyResponse* response) {
  grpc::Status failure = Note("SetArtifact", *request);
  MutexLock lock(&mutex_);
  *response = applied_;
  return failure;
}

grpc::Status FakeOperator::Get(grpc::ServerContext*,
                               const v1::GetRequest* request,
                               v1::GetResponse* response) {
  grpc::Status failure = Note("Get", *request);
  if (!failure.ok()) return failure;
  MutexLock lock(&mutex_);
  if (auto plan = plans_.find(request->plan()); plan != plans_.end()) {
    *response->mutable_plan() = plan->second;
  } else if (auto host = hosts_.find(request->host()); host != hosts_.end()) {
    *response->mutable_host() = host->second;
  } else if (auto source = sources_.find(request->source());
             source != sources_.end()) {
    *response->mutable_source() = source->second;
  } else {
    return NotFound(absl::StrCat("there is no \"", request->plan(),
                                 request->host(), request->source(), "\""));
  }
  return grpc::Status::OK;
}

grpc::Status FakeOperator::List(grpc::ServerContext*,
                                const v1::ListRequest* request,
                                v1::ListResponse* response) {
  grpc::Status failure = Note("List", *request);
  MutexLock lock(&mutex_);
  *response = lists_;
  return failure;
}

grpc::Status FakeOperator::Watch(grpc::ServerContext* context,
                                 const v1::WatchRequest* request,
                                 grpc::ServerWriter<v1::PlanStatus>* writer) {
  Note("Watch", *request);
  WatchScript script;
  {
    MutexLock lock(&mutex_);
    if (watches_.empty()) {
      return NotFound(
          absl::StrCat("there is no plan \"", request->plan(), "\""));
    }
    script = std::move(watches_.front());
    watches_.pop_front();
  }
  for (const v1::PlanStatus& status : script.statuses) writer->Write(status);
  MutexLock lock(&mutex_);
  while (script.stay_open && !stopping_ && !context->IsCancelled()) {
    stopping_changed_.WaitFor(&mutex_, absl::Milliseconds(5));
  }
  return script.end;
}

void FakeOperator::SetLines(v1::LogLines lines) {
  MutexLock lock(&mutex_);
  lines_ = std::move(lines);
}

void FakeOperator::BreakNextChannel() {
  MutexLock lock(&mutex_);
  break_next_ = true;
}

grpc::Status FakeOperator::Channel(
    grpc::ServerContext*,
    grpc::ServerReaderWriter<v1::ChannelMessage, v1::ChannelMessage>* stream) {
  v1::ChannelMessage message;
  if (!stream->Read(&message)) return grpc::Status::CANCELLED;
  grpc::Status failure = Note("Channel", message.request());
  if (!failure.ok()) return failure;
  const bool is_log = message.request().target().has_log();
  message.mutable_opened();
  stream->Write(message);
  if (is_log) {
    MutexLock lock(&mutex_);
    *message.mutable_lines() = lines_;
    stream->Write(message);
    if (std::exchange(break_next_, false)) {
      return {grpc::StatusCode::UNAVAILABLE, "host h1 went away"};
    }
  }
  while (!message.has_end_of_data() && stream->Read(&message)) {
    if (!is_log && !message.has_end_of_data()) stream->Write(message);
  }
  stream->Write(message);
  return grpc::Status::OK;
}

grpc::Status FakeOperator::Delete(grpc::ServerContext*,
                                  const v1::DeleteRequest* request,
                                  v1::DeleteResponse*) {
  return Note("Delete", *request);
}

grpc::Status FakeOperator::Pause(grpc::ServerContext*,
                                 const v1::PauseRequest* request,
                                 v1::PauseResponse*) {
  return Note("Pause", *request);
}

grpc::Status FakeOperator::Sync(grpc::ServerContext*,
                                const v1::SyncRequest* request,
                                v1::SyncResponse* response) {
  grpc::Status failure = Note("Sync", *request);
  if (!failure.ok()) return failure;
  MutexLock lock(&mutex_);
  auto source = sources_.find(request->source());
  if (source == sources_.end()) return NotFound("there is no such source");
  *response->mutable_source() = source->second;
  return grpc::Status::OK;
}

grpc::Status FakeOperator::Retry(grpc::ServerContext*,
                                 const v1::RetryRequest* request,
                                 v1::RetryResponse*) {
  return Note("Retry", *request);
}

grpc::Status FakeOperator::Resume(grpc::ServerContext*,
                                  const v1::ResumeRequest* request,
                                  v1::ResumeResponse*) {
  return Note("Resume", *request);
}

grpc::Status FakeOperator::Abort(grpc::ServerContext*,
                                 const v1::AbortRequest* request,
                                 v1::AbortResponse*) {
  return Note("Abort", *request);
}

grpc::Status FakeOperator::Cordon(grpc::ServerContext*,
                                  const v1::CordonRequest* request,
                                  v1::CordonResponse*) {
  return Note("Cordon", *request);
}

grpc::Status FakeOperator::Uncordon(grpc::ServerContext*,
                                    const v1::UncordonRequest* request,
                                    v1::UncordonResponse*) {
  return Note("Uncordon", *request);
}

grpc::Status FakeOperator::Freeze(grpc::ServerContext*,
                                  const v1::FreezeRequest* request,
                                  v1::FreezeResponse*) {
  return Note("Freeze", *request);
}

grpc::Status FakeOperator::Unfreeze(grpc::ServerContext*,
                                    const v1::UnfreezeRequest* request,
                                    v1::UnfreezeResponse*) {
  return Note("Unfreeze", *request);
}

grpc::Status FakeOperator::OverrideFreeze(
    grpc::ServerContext*, const v1::OverrideFreezeRequest* request,
    v1::OverrideFreezeResponse*) {
  return Note("OverrideFreeze", *request);
}

grpc::Status FakeOperator::Promote(grpc::ServerContext*,
                                   const v1::PromoteRequest* request,
                                   v1::PromoteResponse*) {
  return Note("Promote", *request);
}

grpc::Status FakeOperator::Approve(grpc::ServerContext*,
                                   const v1::ApproveRequest* request,
                                   v1::ApproveResponse*) {
  return Note("Approve", *request);
}

grpc::Status FakeOperator::Reject(grpc::ServerContext*,
                                  const v1::RejectRequest* request,
                                  v1::RejectResponse*) {
  return Note("Reject", *request);
}

grpc::Status FakeOperator::Why(grpc::ServerContext*,
                               const v1::WhyRequest* request,
                               v1::WhyResponse* response) {
  grpc::Status failure = Note("Why", *request);
  MutexLock lock(&mutex_);
  *response = why_;
  return failure;
}

grpc::Status FakeOperator::Undo(grpc::ServerContext*,
                                const v1::UndoRequest* request,
                                v1::UndoResponse* response) {
  grpc::Status failure = Note("Undo", *request);
  MutexLock lock(&mutex_);
  *response = undone_;
  return failure;
}

}  // namespace rollout
