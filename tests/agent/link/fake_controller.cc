// SPDX-License-Identifier: Apache-2.0

#include "tests/agent/link/fake_controller.h"

#include <chrono>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/grpc_settings.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"

namespace rollout::link {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

void FakeController::Start() {
  grpc::ServerBuilder builder;
  ApplyServerSettings(builder);
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_),
                           grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  CHECK(server_ != nullptr);
}

void FakeController::Stop() {
  if (server_ == nullptr) return;
  Drop();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
  MutexLock lock(&mutex_);
  drop_ = false;
}

std::string FakeController::address() const {
  return absl::StrCat("127.0.0.1:", port_);
}

void FakeController::Refuse(grpc::Status status) {
  MutexLock lock(&mutex_);
  refusal_ = std::move(status);
}

void FakeController::SetWelcome(std::optional<v1::Welcome> welcome) {
  MutexLock lock(&mutex_);
  welcome_ = std::move(welcome);
}

void FakeController::Send(v1::ControllerMessage message) {
  MutexLock lock(&mutex_);
  to_send_.push_back(std::move(message));
  changed_.NotifyAll();
}

void FakeController::Drop() {
  MutexLock lock(&mutex_);
  drop_ = true;
  changed_.NotifyAll();
}

v1::AgentMessage FakeController::Receive() {
  const absl::Duration deadline = SystemClock().Uptime() + kPatience;
  MutexLock lock(&mutex_);
  while (received_.empty()) {
    absl::Duration left = deadline - SystemClock().Uptime();
    if (left <= absl::ZeroDuration()) {
      ADD_FAILURE() << "the agent says nothing";
      return {};
    }
    changed_.WaitFor(&mutex_, left);
  }
  v1::AgentMessage message = std::move(received_.front());
  received_.pop_front();
  return message;
}

bool FakeController::quiet() {
  MutexLock lock(&mutex_);
  return received_.empty();
}

int FakeController::streams() {
  MutexLock lock(&mutex_);
  return streams_;
}

bool FakeController::AwaitStreams(int count) {
  const absl::Duration deadline = SystemClock().Uptime() + kPatience;
  MutexLock lock(&mutex_);
  while (streams_ < count) {
    absl::Duration left = deadline - SystemClock().Uptime();
    if (left <= absl::ZeroDuration()) return false;
    changed_.WaitFor(&mutex_, left);
  }
  return true;
}

grpc::Status FakeController::Session(grpc::ServerContext* context,
                                     Stream* stream) {
  {
    MutexLock lock(&mutex_);
    ++streams_;
    changed_.NotifyAll();
    if (!refusal_.ok()) return refusal_;
    drop_ = false;
    reading_ended_ = false;
    if (welcome_) {
      to_send_.emplace_front();
      *to_send_.front().mutable_welcome() = *welcome_;
    }
  }
  std::thread sender([&] { SendAll(context, stream); });
  v1::AgentMessage message;
  while (stream->Read(&message)) {
    MutexLock lock(&mutex_);
    received_.push_back(std::move(message));
    changed_.NotifyAll();
  }
  {
    MutexLock lock(&mutex_);
    reading_ended_ = true;
    changed_.NotifyAll();
  }
  sender.join();
  return grpc::Status::OK;
}

grpc::Status FakeController::Channel(
    grpc::ServerContext*,
    grpc::ServerReaderWriter<v1::ChannelMessage, v1::ChannelMessage>* stream) {
  v1::ChannelMessage message;
  while (stream->Read(&message) && !message.has_end()) stream->Write(message);
  return grpc::Status::OK;
}

void FakeController::SendAll(grpc::ServerContext* context, Stream* stream) {
  for (;;) {
    v1::ControllerMessage message;
    {
      MutexLock lock(&mutex_);
      while (to_send_.empty() && !drop_ && !reading_ended_) {
        changed_.Wait(&mutex_);
      }
      if (drop_) context->TryCancel();
      if (drop_ || reading_ended_) return;
      message = std::move(to_send_.front());
      to_send_.pop_front();
    }
    stream->Write(message);
  }
}

}  // namespace rollout::link
