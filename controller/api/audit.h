// SPDX-License-Identifier: Apache-2.0
//
// What leaves no trace but this one: what operators were refused, and what of a
// host they looked at, as events. What they changed is told by what changed it.

#ifndef CONTROLLER_API_AUDIT_H_
#define CONTROLLER_API_AUDIT_H_

#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "controller/store/history.h"
#include "google/protobuf/message.h"
#include "proto/rollout/v1/channel.pb.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::api {

// Safe from any thread; nothing waits.
class Audit {
 public:
  // Both must outlive this.
  Audit(store::History& history, const Clock& clock)
      : history_(history), clock_(clock) {}
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // A call that was to change something has ended so: unless it is OK, an event
  // "RequestRefused" tells of it. `request` is named for its call, and its
  // fields "plan" and "host" are what it is about.
  void Ended(const v1::Cause& caller, const google::protobuf::Message& request,
             const absl::Status& status);

  // A channel is open, or won't be: "ProxyOpened", "LogsOpened" or as above.
  // One whose operator has left is no news; nor is one that the same connection
  // had a few minutes before, as a proxy has for each client.
  void ChannelEnded(const v1::Cause& caller, const v1::ChannelRequest& request,
                    const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool IsNews(const v1::Event& opened) ABSL_LOCKS_EXCLUDED(mutex_);

  store::History& history_;
  const Clock& clock_;
  Mutex mutex_;
  // Channels that were told of, and when, on the monotonic clock; forgotten
  // when they are too many.
  std::map<std::string, absl::Duration> told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::api

#endif  // CONTROLLER_API_AUDIT_H_
