// SPDX-License-Identifier: Apache-2.0

#include "controller/api/channel_stream.h"

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "controller/api/grpc_status.h"

namespace rollout::api {
namespace {

class ChannelStream;

// What the stream and its first timer share.
struct Opening {
  Mutex mutex;
  // Null once the first message has come, or won't.
  ChannelStream* waiting ABSL_GUARDED_BY(mutex) = nullptr;
  bool timed_out ABSL_GUARDED_BY(mutex) = false;
  bool cancelled ABSL_GUARDED_BY(mutex) = false;
  std::shared_ptr<Channel> channel ABSL_GUARDED_BY(mutex);
};

// gRPC calls OnReadDone one at a time, the others at any time.
class ChannelStream : public ChannelReactor, public ChannelPeer {
 public:
  ChannelStream(grpc::CallbackServerContext& context,
                ChannelStreamSettings settings)
      : context_(context), settings_(std::move(settings)) {
    opening_->waiting = this;
  }

  // Begins to read. Apart from the constructor: gRPC may answer at once.
  void Begin(EventLoop& loop) {
    loop.PostAfter(settings_.first_message_timeout, [opening = opening_] {
      MutexLock lock(&opening->mutex);
      if (opening->waiting == nullptr) return;
      opening->timed_out = true;
      std::exchange(opening->waiting, nullptr)
          ->Finish(absl::DeadlineExceededError(
              "the stream began without a message"));
    });
    StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (channel_ == nullptr) return TakeFirst(ok);
    if (!ok) return channel_->Left(settings_.side);
    channel_->Received(settings_.side, std::move(incoming_));
  }

  void OnWriteDone(bool ok) override { channel_->Written(settings_.side, ok); }

  void OnCancel() override {
    std::shared_ptr<Channel> channel;
    {
      MutexLock lock(&opening_->mutex);
      opening_->cancelled = true;
      channel = opening_->channel;
    }
    // Nobody may be reading or writing, and see it by that.
    if (channel != nullptr) channel->Left(settings_.side);
  }

  void OnDone() override {
    if (channel_ != nullptr) channel_->Detach(settings_.side);
    {
      // The timer may keep the rest for a while.
      MutexLock lock(&opening_->mutex);
      opening_->channel = nullptr;
    }
    delete this;
  }

  // ChannelPeer:
  void Read() override { StartRead(&incoming_); }
  void Write(const v1::ChannelMessage& message) override {
    if (message.has_opened()) TellOutcome(absl::OkStatus());
    StartWrite(&message);
  }
  void Finish(const absl::Status& status) override {
    TellOutcome(status);
    ChannelReactor::Finish(ToGrpcStatus(status));
  }
  void Cancel() override { context_.TryCancel(); }

 private:
  // With the channel's lock, or before there is a channel.
  void TellOutcome(const absl::Status& outcome) {
    if (!told_ && settings_.on_outcome) settings_.on_outcome(outcome);
    told_ = true;
  }

  void TakeFirst(bool ok) {
    {
      MutexLock lock(&opening_->mutex);
      opening_->waiting = nullptr;
      if (opening_->timed_out) return;
    }
    if (!ok) return Finish(absl::CancelledError("the stream has ended"));
    auto found = settings_.find(incoming_);
    if (!found.ok()) return Finish(found.status());
    channel_ = *std::move(found);
    bool cancelled;
    {
      MutexLock lock(&opening_->mutex);
      opening_->channel = channel_;
      cancelled = opening_->cancelled;
    }
    channel_->Attach(settings_.side, this);
    if (cancelled) channel_->Left(settings_.side);
  }

  grpc::CallbackServerContext& context_;
  const ChannelStreamSettings settings_;
  const std::shared_ptr<Opening> opening_ = std::make_shared<Opening>();
  v1::ChannelMessage incoming_;
  bool told_ = false;
  // Set with the first message, before anything else is read or written.
  std::shared_ptr<Channel> channel_;
};

class Refusal : public ChannelReactor {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

}  // namespace

ChannelReactor* StartChannelStream(grpc::CallbackServerContext* context,
                                   EventLoop& loop,
                                   ChannelStreamSettings settings) {
  auto* stream = new ChannelStream(*context, std::move(settings));
  stream->Begin(loop);
  return stream;
}

ChannelReactor* RefuseChannelStream(const absl::Status& status) {
  return new Refusal(status);
}

}  // namespace rollout::api
