// SPDX-License-Identifier: Apache-2.0

#include "controller/api/session.h"

#include <utility>

namespace rollout::api {
namespace {

// Far more reports than a host has services; a peer that sends so many without
// reading the answers is not one of our agents.
constexpr size_t kMaxWaitingAcks = 1000;

}  // namespace

void Session::Welcome(const v1::Welcome& welcome) {
  MutexLock lock(&mutex_);
  welcome_ = welcome;
  Continue();
}

void Session::Send(v1::Assignment assignment) {
  MutexLock lock(&mutex_);
  assignment_ = std::move(assignment);
  Continue();
}

void Session::AckReport(const v1::SwapReportAck& ack) {
  MutexLock lock(&mutex_);
  if (closing_) return;
  acks_.push_back(ack);
  if (acks_.size() > kMaxWaitingAcks) {
    closing_ = absl::ResourceExhaustedError(
        "the agent does not read the answers to its swap reports");
    if (writing_ && writer_ != nullptr) writer_->Cancel();
  }
  Continue();
}

void Session::OpenChannel(const v1::OpenChannel& channel) {
  MutexLock lock(&mutex_);
  if (closing_) return;
  channels_.push_back(channel);
  Continue();
}

void Session::End(const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (!closing_) closing_ = status;
  Continue();
}

void Session::Close(const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (!closing_) closing_ = status;
  if (writing_ && writer_ != nullptr) writer_->Cancel();
  Continue();
}

void Session::Written(bool ok) {
  MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok && !closing_) closing_ = absl::CancelledError("the stream broke");
  Continue();
}

void Session::Detach() {
  MutexLock lock(&mutex_);
  writer_ = nullptr;
}

void Session::Continue() {
  if (writer_ == nullptr || writing_ || finished_) return;
  if (closing_) {
    finished_ = true;
    writer_->Finish(*closing_);
  } else if (TakeNext()) {
    writing_ = true;
    writer_->Write(message_);
  }
}

bool Session::TakeNext() {
  message_.Clear();
  if (welcome_) {
    *message_.mutable_welcome() = *std::move(welcome_);
    welcome_.reset();
  } else if (!acks_.empty()) {
    *message_.mutable_swap_report_ack() = std::move(acks_.front());
    acks_.pop_front();
  } else if (assignment_) {
    *message_.mutable_assignment() = *std::move(assignment_);
    assignment_.reset();
  } else if (!channels_.empty()) {
    *message_.mutable_open_channel() = std::move(channels_.front());
    channels_.pop_front();
  } else {
    return false;
  }
  return true;
}

}  // namespace rollout::api
