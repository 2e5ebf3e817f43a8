// SPDX-License-Identifier: Apache-2.0

#include "agent/shim/epoll_loop.h"

#include <sys/epoll.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace rollout::shim {
namespace {

constexpr int kEventsPerRound = 32;

}  // namespace

uint64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + now.tv_nsec;
}

uint64_t LaterNs(uint64_t at_ns, uint64_t by_ns) {
  constexpr uint64_t kEnd = std::numeric_limits<uint64_t>::max();
  return by_ns > kEnd - at_ns ? kEnd : at_ns + by_ns;
}

EpollLoop::EpollLoop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  CHECK(epoll_.valid());
}

absl::Status EpollLoop::Watch(int fd, uint32_t epoll_events,
                              Callback callback) {
  epoll_event event{};
  event.events = epoll_events;
  uint64_t serial = ++last_serial_;
  // The number finds the entry, the serial proves it is still this watch.
  event.data.u64 = serial << 20 | static_cast<uint64_t>(fd);
  int operation = watched_.count(fd) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_.get(), operation, fd, &event) != 0) {
    return absl::ErrnoToStatus(errno, "cannot wait for a descriptor");
  }
  watched_[fd] = {serial, std::move(callback)};
  return absl::OkStatus();
}

void EpollLoop::Unwatch(int fd) {
  if (watched_.erase(fd)) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EpollLoop::SetTimer(const void* name, uint64_t at_ns,
                         std::function<void()> task) {
  timers_[name] = {at_ns, std::move(task)};
}

void EpollLoop::CancelTimer(const void* name) { timers_.erase(name); }

void EpollLoop::Run(const std::function<void()>& after_each) {
  stopped_ = false;
  while (!stopped_) {
    epoll_event events[kEventsPerRound];
    int count = Wait(events, kEventsPerRound);
    CHECK(count >= 0 || errno == EINTR);
    for (int i = 0; i < count && !stopped_; ++i) {
      auto found = watched_.find(events[i].data.u64 & 0xfffff);
      if (found == watched_.end()) continue;
      if ((found->second.serial & 0xfffffffffff) != events[i].data.u64 >> 20) {
        continue;
      }
      // A copy: the callback may unwatch itself.
      Callback callback = found->second.callback;
      callback(events[i].events);
    }
    RunDueTimers();
    after_each();
  }
}

int EpollLoop::Wait(epoll_event* events, int capacity) const {
  if (timers_.empty()) return epoll_wait(epoll_.get(), events, capacity, -1);
  uint64_t first = timers_.begin()->second.at_ns;
  for (const auto& [name, timer] : timers_) {
    first = std::min(first, timer.at_ns);
  }
  const uint64_t now = NowNs();
  const uint64_t left = first > now ? first - now : 0;
  timespec limit{static_cast<time_t>(left / 1000000000u),
                 static_cast<long>(left % 1000000000u)};
  int count = epoll_pwait2(epoll_.get(), events, capacity, &limit, nullptr);
  if (count >= 0 || errno == EINTR) return count;
  // Before Linux 5.11, and where a sandbox refuses what is new: in whole
  // milliseconds.
  const uint64_t ms = std::min<uint64_t>((left + 999999) / 1000000, 3600000);
  return epoll_wait(epoll_.get(), events, capacity, static_cast<int>(ms));
}

void EpollLoop::RunDueTimers() {
  const uint64_t now = NowNs();
  std::vector<const void*> due;
  for (const auto& [name, timer] : timers_) {
    if (timer.at_ns <= now) due.push_back(name);
  }
  for (const void* name : due) {
    // One before it may have cancelled it, and with it gone what it is for.
    auto found = timers_.find(name);
    if (found == timers_.end() || found->second.at_ns > now) continue;
    std::function<void()> task = std::move(found->second.task);
    timers_.erase(found);
    task();
  }
}

}  // namespace rollout::shim
