// SPDX-License-Identifier: Apache-2.0
//
// Very many hosts in one process, each with a certificate and a connection of
// its own. The first few have the label group=first, the others group=rest.

#ifndef TESTS_BENCH_FLEET_SIMULATED_FLEET_H_
#define TESTS_BENCH_FLEET_SIMULATED_FLEET_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "tests/bench/fleet/fleet_keys.h"
#include "tests/bench/fleet/line_channel.h"
#include "tests/bench/fleet/simulated_host.h"

namespace rollout::bench {

struct FleetSize {
  int hosts = 0;
  // Of them, those of the first group.
  int first = 0;
};

// One thread uses it.
class SimulatedFleet {
 public:
  // `keys` must outlive this.
  SimulatedFleet(const FleetKeys& keys, FleetSize size)
      : keys_(keys), size_(size) {}
  ~SimulatedFleet();

  // Dials `address`, a few hosts at a time, until all are welcome. Once.
  absl::Status Connect(const std::string& address);
  // From when a controller has gone until all are welcome again.
  absl::Status AwaitLoss() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status AwaitReturn() ABSL_LOCKS_EXCLUDED(mutex_);
  // From when all hosts of the first group were back, after AwaitLoss, until
  // one of them was asked for another revision. Unavailable: none was within a
  // minute.
  absl::StatusOr<absl::Duration> AwaitFirstAction() ABSL_LOCKS_EXCLUDED(mutex_);
  void Hold(bool held);
  // So many heartbeats of every host, a second apart.
  void Beat(int times);

 private:
  HostEvents EventsOf(int host);
  void Welcomed(int host) ABSL_LOCKS_EXCLUDED(mutex_);
  void Lost(int host) ABSL_LOCKS_EXCLUDED(mutex_);
  void Changed(int host) ABSL_LOCKS_EXCLUDED(mutex_);
  void DialNext();
  absl::Status AwaitWelcomes(int hosts) ABSL_LOCKS_EXCLUDED(mutex_);

  const FleetKeys& keys_;
  const FleetSize size_;

  Mutex mutex_;
  CondVar changed_;
  int welcomed_ ABSL_GUARDED_BY(mutex_) = 0;
  int first_welcomed_ ABSL_GUARDED_BY(mutex_) = 0;
  // On the monotonic clock; infinite: not yet.
  absl::Duration first_back_ ABSL_GUARDED_BY(mutex_);
  absl::Duration first_action_ ABSL_GUARDED_BY(mutex_);
  int gone_ ABSL_GUARDED_BY(mutex_) = 0;

  // Of the loop.
  size_t dialled_ = 0;
  std::vector<std::unique_ptr<SimulatedHost>> hosts_;
  EventLoop loop_;
  // Last: its tasks post to the other.
  EventLoop dials_;
};

// What the process does that has the hosts: "connect ADDRESS", "hold",
// "release", "beat TIMES", "await-loss", "await-return" and "await-action"
// (answers microseconds); each answered when it is done.
void ServeFleet(const FleetKeys& keys, FleetSize size, LineChannel& channel);

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_SIMULATED_FLEET_H_
