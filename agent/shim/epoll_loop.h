// SPDX-License-Identifier: Apache-2.0
//
// The shim's one thread: waits for descriptors and timers and calls whoever
// asked. All of the shim runs in these calls, so none of it needs a lock.

#ifndef AGENT_SHIM_EPOLL_LOOP_H_
#define AGENT_SHIM_EPOLL_LOOP_H_

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>

#include "absl/status/status.h"
#include "base/unique_fd.h"

namespace rollout::shim {

// CLOCK_MONOTONIC in nanoseconds: what the protocol's times count.
uint64_t NowNs();

// `at_ns` + `by_ns`; the end of time where that lies beyond it: requests may
// name any number.
uint64_t LaterNs(uint64_t at_ns, uint64_t by_ns);

// Not thread-safe. A callback may watch, unwatch and set timers.
class EpollLoop {
 public:
  using Callback = std::function<void(uint32_t epoll_events)>;

  EpollLoop();
  EpollLoop(const EpollLoop&) = delete;
  EpollLoop& operator=(const EpollLoop&) = delete;

  // Calls `callback` whenever `fd` has one of `epoll_events`, or EPOLLHUP or
  // EPOLLERR, which are always told. The descriptor stays the caller's, who
  // unwatches before it closes. Watching again replaces. ResourceExhausted.
  absl::Status Watch(int fd, uint32_t epoll_events, Callback callback);
  void Unwatch(int fd);

  // Calls `task` once at `at_ns`. A timer of the same name is replaced.
  void SetTimer(const void* name, uint64_t at_ns, std::function<void()> task);
  void CancelTimer(const void* name);

  // Calls `after_each` after every round of callbacks. Returns after Stop(),
  // and may be called again.
  void Run(const std::function<void()>& after_each);
  void Stop() { stopped_ = true; }

 private:
  struct Watched {
    // Told apart from an earlier watch of the same number.
    uint64_t serial;
    Callback callback;
  };
  struct Timer {
    uint64_t at_ns;
    std::function<void()> task;
  };

  // As epoll_wait(2), until the first timer is due.
  int Wait(epoll_event* events, int capacity) const;
  void RunDueTimers();

  UniqueFd epoll_;
  uint64_t last_serial_ = 0;
  std::map<int, Watched> watched_;
  std::map<const void*, Timer> timers_;
  bool stopped_ = false;
};

}  // namespace rollout::shim

#endif  // AGENT_SHIM_EPOLL_LOOP_H_
