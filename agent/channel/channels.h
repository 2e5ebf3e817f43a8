// SPDX-License-Identifier: Apache-2.0
//
// The channels of this agent that are open, each served on a thread of its own.

#ifndef AGENT_CHANNEL_CHANNELS_H_
#define AGENT_CHANNEL_CHANNELS_H_

#include <functional>
#include <list>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "agent/link/channel.h"
#include "base/mutex.h"

namespace rollout::channel {

// Safe from any thread.
class Channels {
 public:
  // Serves a channel until it is over; what it returns is told to the operator,
  // unless it is OK.
  using Work = std::function<absl::Status(link::Channel& channel)>;

  // More than the controller asks for are not taken.
  static constexpr size_t kMost = 1024;

  Channels() = default;
  // Cancels all channels and waits for their threads.
  ~Channels();
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // Returns at once.
  void Serve(std::shared_ptr<link::Channel> channel, Work work)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Open {
    std::shared_ptr<link::Channel> channel;
    std::thread thread;
    bool over = false;
  };

  void Start(std::shared_ptr<link::Channel> channel, Work work)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Those that are over.
  std::list<Open> TakeOver() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  std::list<Open> open_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::channel

#endif  // AGENT_CHANNEL_CHANNELS_H_
