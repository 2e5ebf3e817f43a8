// SPDX-License-Identifier: Apache-2.0
//
// The controller's end of a link, in a test's hands.

#ifndef TESTS_FAKES_FAKE_CONTROLLER_H_
#define TESTS_FAKES_FAKE_CONTROLLER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "agent/link/link.h"
#include "base/mutex.h"

namespace rollout {

// What an agent has said, and a way to wait for it. Outlives the link, as a
// controller does. Safe from any thread.
class FakeController {
 public:
  // Makes the link of the agent that uses it; the newest one gets Send().
  std::unique_ptr<link::Link> MakeLink(const v1::HostInfo& host,
                                       link::LinkEvents events)
      ABSL_LOCKS_EXCLUDED(mutex_);

  void Send(v1::Assignment assignment) ABSL_LOCKS_EXCLUDED(mutex_);

  // Asks for a channel.
  void OpenChannel(const v1::ChannelTarget& target,
                   std::shared_ptr<link::Channel> channel)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until the newest observation satisfies; false: not within 10 s.
  // `condition` is asked under the lock: it must not call back.
  bool WaitFor(std::function<bool(const v1::Observation&)> condition)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for a report with that id; false: not within 10 s.
  bool WaitForReport(const std::string& id) ABSL_LOCKS_EXCLUDED(mutex_);

  v1::Observation observation() ABSL_LOCKS_EXCLUDED(mutex_);
  v1::HostInfo host() ABSL_LOCKS_EXCLUDED(mutex_);
  // By id.
  std::map<std::string, v1::SwapReport> reports() ABSL_LOCKS_EXCLUDED(mutex_);
  uint64_t highest_epoch() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class FakeLink;

  bool WaitUntil(std::function<bool()> condition)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  CondVar changed_;
  v1::HostInfo host_ ABSL_GUARDED_BY(mutex_);
  link::LinkEvents events_ ABSL_GUARDED_BY(mutex_);
  v1::Observation observation_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::SwapReport> reports_ ABSL_GUARDED_BY(mutex_);
  uint64_t highest_epoch_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace rollout

#endif  // TESTS_FAKES_FAKE_CONTROLLER_H_
