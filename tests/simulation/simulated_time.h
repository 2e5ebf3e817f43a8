// SPDX-License-Identifier: Apache-2.0
//
// One thread on which everything of a simulation happens, event after event, on
// a clock that jumps from one to the next; and all chance, from one seed, or
// none.

#ifndef TESTS_SIMULATION_SIMULATED_TIME_H_
#define TESTS_SIMULATION_SIMULATED_TIME_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <utility>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/task_loop.h"

namespace rollout::simulation {

// Not thread-safe.
class SimulatedTime final : public Clock {
 public:
  using Task = std::function<void()>;

  explicit SimulatedTime(uint32_t seed) : random_(seed) {}
  // Nothing is left to chance: what may or may not happen doesn't, and what
  // takes some time takes the least.
  SimulatedTime() : still_(true) {}

  absl::Time Now() const override {
    return absl::FromUnixSeconds(1000000000) + uptime_;
  }
  absl::Duration Uptime() const override { return uptime_; }

  // Of events at one moment the one that was asked for first comes first.
  void After(absl::Duration delay, Task task);

  // Lets the next event happen, if it is not later than `end`; false: the clock
  // shows `end` now.
  bool Step(absl::Duration end);

  // 0 to `limit` - 1.
  int Below(int limit) {
    return still_ ? 0 : static_cast<int>(random_() % limit);
  }
  // In so many of 1000 cases.
  bool Chance(int permille) { return !still_ && Below(1000) < permille; }
  absl::Duration Between(absl::Duration least, absl::Duration most);

 private:
  std::mt19937 random_;
  const bool still_ = false;
  absl::Duration uptime_;
  uint64_t next_ = 0;
  std::map<std::pair<absl::Duration, uint64_t>, Task> events_;
};

// Events of one process: none happens when that has ended.
class SimulatedLoop final : public TaskLoop {
 public:
  // `time` must outlive this.
  explicit SimulatedLoop(SimulatedTime& time) : time_(time) {}
  ~SimulatedLoop() override { Stop(); }

  void Post(Task task) override { PostAfter(absl::ZeroDuration(), task); }
  void PostAfter(absl::Duration delay, Task task) override;
  void Stop() override { *runs_ = false; }

 private:
  SimulatedTime& time_;
  const std::shared_ptr<bool> runs_ = std::make_shared<bool>(true);
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_SIMULATED_TIME_H_
