// SPDX-License-Identifier: Apache-2.0
//
// The channels between operators and hosts: brings an operator's stream and the
// agent's together. Nothing of them is stored.

#ifndef CONTROLLER_API_CHANNELS_H_
#define CONTROLLER_API_CHANNELS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "controller/api/channel.h"
#include "controller/fleet/fleet.h"
#include "proto/rollout/v1/channel.pb.h"

namespace rollout::api {

// Safe from any thread; nothing waits.
class Channels {
 public:
  // Channels of one host that are open at once.
  static constexpr int kMostOfOneHost = 512;

  // An agent that does not take a channel within `take_timeout` won't; `loop`
  // counts. All must outlive this, and this every channel.
  Channels(fleet::Fleet& fleet, EventLoop& loop, absl::Duration take_timeout)
      : fleet_(fleet), loop_(loop), take_timeout_(take_timeout) {}
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // Makes a channel for the operator's stream and asks the host's agent to take
  // it. InvalidArgument: the request lacks something. ResourceExhausted: the
  // host has too many. Else as Fleet::OpenChannel.
  absl::StatusOr<std::shared_ptr<Channel>> Open(
      const v1::ChannelRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

  // The agent's stream takes the channel. `authorize` is asked with the host
  // that it is meant for; its error is returned, and the channel goes on
  // waiting for the right one. NotFound: nobody waits for it any more.
  absl::StatusOr<std::shared_ptr<Channel>> Take(
      const std::string& id,
      const std::function<absl::Status(const std::string& host)>& authorize)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Waiting {
    std::string host;
    std::weak_ptr<Channel> channel;
  };

  absl::StatusOr<std::shared_ptr<Channel>> Make(const std::string& host)
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::string Register(const std::string& host,
                       const std::shared_ptr<Channel>& channel)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void GiveUp(const std::string& id, const absl::Status& status)
      ABSL_LOCKS_EXCLUDED(mutex_);

  fleet::Fleet& fleet_;
  EventLoop& loop_;
  const absl::Duration take_timeout_;

  Mutex mutex_;
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  // By id; each leaves when it is taken or its time is over.
  std::map<std::string, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  // By host.
  std::map<std::string, int> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_CHANNELS_H_
