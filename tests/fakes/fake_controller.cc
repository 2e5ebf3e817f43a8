// SPDX-License-Identifier: Apache-2.0

#include "tests/fakes/fake_controller.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace rollout {

class FakeController::FakeLink : public link::Link {
 public:
  explicit FakeLink(FakeController* controller) : controller_(*controller) {}

  void SetObservation(v1::Observation observation) override {
    MutexLock lock(&controller_.mutex_);
    controller_.observation_ = std::move(observation);
    controller_.changed_.NotifyAll();
  }

  void SetHighestEpoch(uint64_t epoch) override {
    MutexLock lock(&controller_.mutex_);
    controller_.highest_epoch_ = epoch;
  }

  void SendReport(v1::SwapReport report) override {
    MutexLock lock(&controller_.mutex_);
    std::string id = report.id();
    controller_.reports_[id] = std::move(report);
    controller_.changed_.NotifyAll();
  }

 private:
  FakeController& controller_;
};

std::unique_ptr<link::Link> FakeController::MakeLink(const v1::HostInfo& host,
                                                     link::LinkEvents events) {
  MutexLock lock(&mutex_);
  host_ = host;
  events_ = std::move(events);
  observation_.Clear();
  return std::make_unique<FakeLink>(this);
}

void FakeController::Send(v1::Assignment assignment) {
  std::function<void(v1::Assignment)> deliver;
  {
    MutexLock lock(&mutex_);
    deliver = events_.on_assignment;
  }
  deliver(std::move(assignment));
}

void FakeController::OpenChannel(const v1::ChannelTarget& target,
                                 std::shared_ptr<link::Channel> channel) {
  decltype(events_.on_channel) deliver;
  {
    MutexLock lock(&mutex_);
    deliver = events_.on_channel;
  }
  deliver(target, std::move(channel));
}

bool FakeController::WaitUntil(std::function<bool()> condition) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!condition()) {
    if (absl::Now() >= deadline) return false;
    changed_.WaitFor(&mutex_, deadline - absl::Now());
  }
  return true;
}

bool FakeController::WaitFor(
    std::function<bool(const v1::Observation&)> condition) {
  MutexLock lock(&mutex_);
  return WaitUntil([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return condition(observation_);
  });
}

bool FakeController::WaitForReport(const std::string& id) {
  MutexLock lock(&mutex_);
  return WaitUntil([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return reports_.count(id) > 0;
  });
}

v1::Observation FakeController::observation() {
  MutexLock lock(&mutex_);
  return observation_;
}

v1::HostInfo FakeController::host() {
  MutexLock lock(&mutex_);
  return host_;
}

std::map<std::string, v1::SwapReport> FakeController::reports() {
  MutexLock lock(&mutex_);
  return reports_;
}

uint64_t FakeController::highest_epoch() {
  MutexLock lock(&mutex_);
  return highest_epoch_;
}

}  // namespace rollout
