// SPDX-License-Identifier: Apache-2.0
//
// A channel whose other end is in the test's hands.

#ifndef TESTS_AGENT_CHANNEL_FAKE_CHANNEL_H_
#define TESTS_AGENT_CHANNEL_FAKE_CHANNEL_H_

#include <deque>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "agent/link/channel.h"
#include "base/mutex.h"

namespace rollout::channel {

// Safe from any thread. Takes messages that nobody has read, a few, no more.
class FakeChannel : public link::Channel {
 public:
  static constexpr size_t kMostUnheard = 4;

  // link::Channel:
  void Take() override {
    MutexLock lock(&mutex_);
    taken_ = true;
  }
  bool Read(v1::ChannelMessage* message) override {
    MutexLock lock(&mutex_);
    while (in_.empty() && !over_) changed_.Wait(&mutex_);
    if (in_.empty()) return false;
    *message = std::move(in_.front());
    in_.pop_front();
    changed_.NotifyAll();
    return true;
  }
  bool Write(const v1::ChannelMessage& message) override {
    MutexLock lock(&mutex_);
    while (out_.size() >= kMostUnheard && !over_) changed_.Wait(&mutex_);
    if (over_) return false;
    out_.push_back(message);
    changed_.NotifyAll();
    return true;
  }
  void AwaitEnd() override {
    MutexLock lock(&mutex_);
    while (!over_) changed_.Wait(&mutex_);
  }
  void Cancel() override { Leave(); }

  // The other end.
  void Say(v1::ChannelMessage message) {
    MutexLock lock(&mutex_);
    in_.push_back(std::move(message));
    changed_.NotifyAll();
  }
  void SayData(const std::string& data) {
    v1::ChannelMessage message;
    message.set_data(data);
    Say(std::move(message));
  }
  void SayEnd() {
    v1::ChannelMessage message;
    message.mutable_end_of_data();
    Say(std::move(message));
  }
  // The next message; waits for it.
  v1::ChannelMessage Hear() {
    MutexLock lock(&mutex_);
    while (out_.empty()) changed_.Wait(&mutex_);
    v1::ChannelMessage message = std::move(out_.front());
    out_.pop_front();
    changed_.NotifyAll();
    return message;
  }
  // The channel is over.
  void Leave() {
    MutexLock lock(&mutex_);
    over_ = true;
    changed_.NotifyAll();
  }
  size_t unheard() {
    MutexLock lock(&mutex_);
    return out_.size();
  }
  bool taken() {
    MutexLock lock(&mutex_);
    return taken_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::deque<v1::ChannelMessage> in_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::ChannelMessage> out_ ABSL_GUARDED_BY(mutex_);
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace rollout::channel

#endif  // TESTS_AGENT_CHANNEL_FAKE_CHANNEL_H_
