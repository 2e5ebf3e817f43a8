// SPDX-License-Identifier: Apache-2.0
//
// A descriptor that becomes readable once, for good: wakes whoever polls it.

#ifndef AGENT_PROBE_CANCEL_EVENT_H_
#define AGENT_PROBE_CANCEL_EVENT_H_

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/check.h"
#include "base/unique_fd.h"

namespace rollout::probe {

// Safe from any thread.
class CancelEvent {
 public:
  CancelEvent() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    CHECK(fd_.valid());
  }

  void Set() {
    uint64_t one = 1;
    CHECK(write(fd_.get(), &one, sizeof one) == sizeof one);
  }

  // For poll; readable once set. Still owned here.
  int fd() const { return fd_.get(); }

 private:
  const UniqueFd fd_;
};

}  // namespace rollout::probe

#endif  // AGENT_PROBE_CANCEL_EVENT_H_
