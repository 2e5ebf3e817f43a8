// SPDX-License-Identifier: Apache-2.0

#include "controller/api/session.h"

#include <utility>

namespace rollout::api {
namespace {

// Far more reports than a host has services; a peer that sends so many without
// reading the answers is not one of our agents.
constexpr int kMaxWaitingAcks = 1000;

}  // namespace

void Session::Welcome(const v1::Welcome& welcome) {
  MutexLock lock(&mutex_);
  *waiting_.mutable_welcome() = welcome;
  due_ = true;
  Continue();
}

void Session::Send(v1::Assignment assignment) {
  MutexLock lock(&mutex_);
  *waiting_.mutable_assignment() = std::move(assignment);
  due_ = true;
  Continue();
}

void Session::AckReport(const v1::SwapReportAck& ack) {
  MutexLock lock(&mutex_);
  if (closing_) return;
  *waiting_.add_swap_report_acks() = ack;
  if (waiting_.swap_report_acks_size() > kMaxWaitingAcks) {
    closing_ = absl::ResourceExhaustedError(
        "the agent does not read the answers to its swap reports");
    if (writing_ && writer_ != nullptr) writer_->Cancel();
    Continue();
  }
}

void Session::SendAcks() {
  MutexLock lock(&mutex_);
  due_ |= waiting_.swap_report_acks_size() > 0;
  Continue();
}

void Session::OpenChannel(const v1::OpenChannel& channel) {
  MutexLock lock(&mutex_);
  if (closing_) return;
  *waiting_.add_open_channels() = channel;
  due_ = true;
  Continue();
}

// What is being written already does as well.
void Session::Probe() {
  MutexLock lock(&mutex_);
  due_ |= !writing_;
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
  } else if (std::exchange(due_, false)) {
    message_.Clear();
    message_.Swap(&waiting_);
    writing_ = true;
    writer_->Write(message_);
  }
}

}  // namespace rollout::api
