// SPDX-License-Identifier: Apache-2.0
//
// The controller as a process whose cost is measured, and an operator of it.

#ifndef TESTS_BENCH_FLEET_MEASURED_CONTROLLER_H_
#define TESTS_BENCH_FLEET_MEASURED_CONTROLLER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "rolloutctl/client.h"
#include "tests/bench/fleet/fleet_keys.h"
#include "tests/bench/fleet/process_cost.h"
#include "tests/bench/spread.h"
#include "tests/e2e/process.h"

namespace rollout::bench {

constexpr char kControllerAddress[] = "127.0.0.1:7400";

// A plan of the benchmark.
struct FleetPlan {
  std::string name;
  // "group: first"
  std::string label;
  std::string version;
  std::string max_surge;
};

// What one rollout took.
struct RolloutCost {
  // From the call that applies the plan until a look finds it complete, which
  // is a twentieth too late at most.
  absl::Duration took;
  // Processor time of the controller from that call until it is at rest again:
  // all of it, and what it would not have taken without a rollout.
  absl::Duration cpu;
  absl::Duration cpu_beyond_rest;
};

// Not thread-safe. In a network namespace of its own: the ports are fixed.
class MeasuredController {
 public:
  // Starts it, with everything below `directory`, where the keys are.
  static absl::StatusOr<std::unique_ptr<MeasuredController>> Start(
      const std::string& directory, const FleetKeys& keys);

  absl::StatusOr<ProcessCost> Cost() const { return CostOf(process_->pid()); }
  // What it costs each second with all hosts connected and nothing to do. Once,
  // before AwaitQuiet and RollOut.
  absl::StatusOr<absl::Duration> MeasureRest();
  // Until it costs little more than that.
  absl::Status AwaitQuiet() const;
  void Kill();
  // After Kill: with the state it had.
  absl::Status StartAgain();

  absl::Status Apply(const FleetPlan& plan);
  absl::StatusOr<v1::PlanStatus> Status(const std::string& plan);
  // `hosts` hosts are on the newest revision, and the rollout is over.
  absl::Status AwaitComplete(const std::string& plan, int hosts);
  // Applies and waits, until all is quiet.
  absl::StatusOr<RolloutCost> RollOut(const FleetPlan& plan, int hosts);
  // From the call until a watch of the plan tells of it; of each of so many
  // pauses and resumes.
  absl::StatusOr<Spread> MeasureWatch(const std::string& plan, int rounds);
  absl::StatusOr<Spread> MeasureScrapes(int rounds) const;

 private:
  MeasuredController(std::string directory, ctl::ConnectionFlags flags)
      : directory_(std::move(directory)), flags_(std::move(flags)) {}

  const std::string directory_;
  const ctl::ConnectionFlags flags_;
  absl::Duration rest_;
  std::unique_ptr<ctl::Client> client_;
  std::unique_ptr<e2e::Process> process_;
};

}  // namespace rollout::bench

#endif  // TESTS_BENCH_FLEET_MEASURED_CONTROLLER_H_
