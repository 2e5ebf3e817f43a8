// SPDX-License-Identifier: Apache-2.0
//
// The http probe: good when GET gives a status from 200 to 399 and the whole
// answer, or its first 64 KiB, comes within the time-out.

#ifndef AGENT_PROBE_HTTP_QUESTION_H_
#define AGENT_PROBE_HTTP_QUESTION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "agent/probe/cutoff.h"
#include "agent/probe/question.h"
#include "base/endpoint_address.h"
#include "base/event_loop.h"
#include "base/mutex.h"

namespace rollout::probe {

class HttpQuestion : public Question {
 public:
  // `timers` must outlive this. `path`: with the query; empty means "/".
  HttpQuestion(const EndpointAddress& address, uint32_t mark, std::string path,
               absl::Duration timeout, EventLoop& timers);

  Answer Ask() override;
  void Cancel() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // The cutoff for one more Ask.
  std::shared_ptr<Cutoff> Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  Answer Get(Cutoff& cutoff) const;

  const EndpointAddress address_;
  const uint32_t mark_;
  const std::string path_;
  const absl::Duration timeout_;
  EventLoop& timers_;

  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::weak_ptr<Cutoff> under_way_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_HTTP_QUESTION_H_
