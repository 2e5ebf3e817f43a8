// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/watched_shims.h"

#include <utility>

#include "base/status_macros.h"

namespace rollout::bench {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(10);

}  // namespace

class WatchedShims::WatchedShim : public shim_client::Shim {
 public:
  WatchedShim(WatchedShims* watcher, std::unique_ptr<shim_client::Shim> shim)
      : watcher_(*watcher), shim_(std::move(shim)) {}

  void Send(shim::v1::Request request,
            std::function<void(absl::Status)> done) override {
    const absl::Duration at = watcher_.clock_.Uptime();
    shim::v1::Request copy = request;
    shim_->Send(std::move(request), std::move(done));
    MutexLock lock(&watcher_.mutex_);
    watcher_.requests_.push_back({at, std::move(copy)});
    watcher_.changed_.NotifyAll();
  }

 private:
  WatchedShims& watcher_;
  const std::unique_ptr<shim_client::Shim> shim_;
};

absl::StatusOr<std::unique_ptr<shim_client::Shim>> WatchedShims::Open(
    const std::string& service, shim_client::ShimEvents events) {
  shim_client::ShimEvents watched;
  watched.on_lost = events.on_lost;
  watched.on_status = [this, tell = events.on_status](shim::v1::Status status) {
    const absl::Duration at = clock_.Uptime();
    tell(status);
    MutexLock lock(&mutex_);
    statuses_.push_back({at, std::move(status)});
    changed_.NotifyAll();
  };
  ASSIGN_OR_RETURN(std::unique_ptr<shim_client::Shim> shim,
                   shims_.Open(service, std::move(watched)));
  return std::make_unique<WatchedShim>(this, std::move(shim));
}

void WatchedShims::Clear() {
  MutexLock lock(&mutex_);
  statuses_.clear();
  requests_.clear();
}

absl::StatusOr<SeenStatus> WatchedShims::Await(
    std::function<bool(const shim::v1::Status&)> condition) {
  const absl::Duration end = clock_.Uptime() + kLimit;
  MutexLock lock(&mutex_);
  for (;;) {
    for (const SeenStatus& seen : statuses_) {
      if (condition(seen.status)) return seen;
    }
    if (clock_.Uptime() > end) {
      return absl::DeadlineExceededError("the shim has not told that");
    }
    changed_.WaitFor(&mutex_, absl::Seconds(1));
  }
}

absl::StatusOr<SeenRequest> WatchedShims::AwaitRequest(
    std::function<bool(const shim::v1::Request&)> condition) {
  const absl::Duration end = clock_.Uptime() + kLimit;
  MutexLock lock(&mutex_);
  for (;;) {
    for (const SeenRequest& seen : requests_) {
      if (condition(seen.request)) return seen;
    }
    if (clock_.Uptime() > end) {
      return absl::DeadlineExceededError("the agent has not asked for that");
    }
    changed_.WaitFor(&mutex_, absl::Seconds(1));
  }
}

}  // namespace rollout::bench
