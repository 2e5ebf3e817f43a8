// SPDX-License-Identifier: Apache-2.0

#include "agent/probe/grpc_question.h"

#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "agent/probe/cancel_event.h"
#include "agent/probe/marked_socket.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "grpcpp/create_channel_posix.h"
#include "grpcpp/grpcpp.h"
#include "proto/grpc/health/v1/health.grpc.pb.h"

namespace rollout::probe {
namespace {

using ::grpc::health::v1::Health;
using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

}  // namespace

class GrpcQuestion::Call {
 public:
  // What is asked, and as whom.
  struct Request {
    std::string authority;
    std::string service;
    absl::Duration timeout;
  };

  // As probe::Connect does, until Cancel().
  absl::StatusOr<UniqueFd> Connect(const EndpointAddress& address,
                                   uint32_t mark, absl::Duration timeout) {
    return probe::Connect(address, mark, timeout, cancelled_.fd());
  }

  grpc::Status Check(UniqueFd connection, const Request& asked,
                     HealthCheckResponse* response) {
    // The channel owns the descriptor from here on.
    auto channel =
        grpc::CreateInsecureChannelFromFd("probe", connection.release());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMicroseconds(asked.timeout));
    // Some servers look whom they are asked as.
    context.set_authority(asked.authority);
    {
      MutexLock lock(&mutex_);
      if (is_cancelled_) return grpc::Status::CANCELLED;
      under_way_ = &context;
    }
    HealthCheckRequest request;
    request.set_service(asked.service);
    const grpc::Status status =
        Health::NewStub(channel)->Check(&context, request, response);
    MutexLock lock(&mutex_);
    under_way_ = nullptr;
    return status;
  }

  void Cancel() {
    cancelled_.Set();
    MutexLock lock(&mutex_);
    is_cancelled_ = true;
    if (under_way_ != nullptr) under_way_->TryCancel();
  }

 private:
  CancelEvent cancelled_;
  Mutex mutex_;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* under_way_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

GrpcQuestion::GrpcQuestion(const EndpointAddress& address, uint32_t mark,
                           std::string service, absl::Duration timeout)
    : address_(address),
      mark_(mark),
      service_(std::move(service)),
      timeout_(timeout),
      call_(std::make_unique<Call>()) {}

GrpcQuestion::~GrpcQuestion() = default;

Answer GrpcQuestion::Ask() {
  const SystemClock clock;
  const absl::Duration deadline = clock.Uptime() + timeout_;
  const std::string what = absl::StrCat("health of \"", service_, "\" at ",
                                        address_.ToString(), ": ");
  auto connection = call_->Connect(address_, mark_, timeout_);
  if (!connection.ok()) {
    return {false, absl::StrCat(what, connection.status().message())};
  }
  HealthCheckResponse response;
  const grpc::Status status = call_->Check(
      *std::move(connection),
      {address_.ToString(), service_, deadline - clock.Uptime()}, &response);
  if (!status.ok()) {
    return {false, absl::StrCat(what, status.error_message(), " (code ",
                                status.error_code(), ")")};
  }
  if (response.status() == HealthCheckResponse::SERVING) return {true, ""};
  return {false, absl::StrCat(what, HealthCheckResponse::ServingStatus_Name(
                                        response.status()))};
}

void GrpcQuestion::Cancel() { call_->Cancel(); }

}  // namespace rollout::probe
