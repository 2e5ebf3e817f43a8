// SPDX-License-Identifier: Apache-2.0
//
// A live byte stream between an operator and a host: what comes from one is
// passed on to the other, one message at a time in each direction. The next one
// is read when the last one has been passed on, so that whoever is slow slows
// down the other, and no memory fills.
//
//   operator's ChannelStream  <-->  Channel  <-->  agent's ChannelStream
//
// The streams are gRPC's and delete themselves; the channel is shared by them.

#ifndef CONTROLLER_API_CHANNEL_H_
#define CONTROLLER_API_CHANNEL_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/mutex.h"
#include "proto/rollout/v1/channel.pb.h"

namespace rollout::api {

// One stream, as its channel uses it. Each call comes with the channel's lock
// held, and must not call it back on the same thread.
class ChannelPeer {
 public:
  virtual ~ChannelPeer() = default;

  // Reads one message; Channel::Received or Left follows.
  virtual void Read() = 0;
  // Writes one message; Channel::Written follows. `message` lives until then.
  virtual void Write(const v1::ChannelMessage& message) = 0;
  // Once, when nothing is being written.
  virtual void Finish(const absl::Status& status) = 0;
  // Makes the write under way fail.
  virtual void Cancel() = 0;
};

// Safe from any thread.
class Channel {
 public:
  enum Side { kOperator = 0, kAgent = 1 };

  // `host` for messages. `on_gone` is called once nobody uses it any more.
  Channel(std::string host, std::function<void()> on_gone)
      : host_(std::move(host)), on_gone_(std::move(on_gone)) {}
  ~Channel() { on_gone_(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // `peer` stays valid until Detach. The channel begins to read when both are
  // there. A peer that comes after the channel has ended is finished at once.
  void Attach(Side side, ChannelPeer* peer) ABSL_LOCKS_EXCLUDED(mutex_);
  void Detach(Side side) ABSL_LOCKS_EXCLUDED(mutex_);

  void Received(Side from, v1::ChannelMessage message)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Written(Side to, bool ok) ABSL_LOCKS_EXCLUDED(mutex_);
  // That side's stream has ended, or broke.
  void Left(Side side) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends it for both with this status; the first call decides.
  void End(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  // As End, unless the agent is there already.
  void EndUnlessTaken(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Half {
    ChannelPeer* peer = nullptr;
    // Being written while `writing`.
    v1::ChannelMessage outgoing;
    bool writing = false;
    // It has said end_of_data, and the other has got that.
    bool said_all = false;
    bool finished = false;
  };

  static Side Other(Side side) { return side == kAgent ? kOperator : kAgent; }
  Half& half(Side side) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return halves_[side];
  }
  void EndLocked(const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishIfOver(Half& half) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // OK: may be passed on.
  absl::Status Check(Side from, const v1::ChannelMessage& message) const;

  const std::string host_;
  const std::function<void()> on_gone_;
  Mutex mutex_;
  Half halves_[2] ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_CHANNEL_H_
