// SPDX-License-Identifier: Apache-2.0
//
// What the invariants look at: the records on the disk, and what the hosts told
// last. And what they find.

#ifndef TESTS_SIMULATION_EVIDENCE_H_
#define TESTS_SIMULATION_EVIDENCE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/limits.h"
#include "controller/fleet/fleet.h"
#include "controller/store/record.pb.h"
#include "proto/rollout/v1/plan.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

struct Violation {
  std::string invariant;
  std::string what;
};

// What a check finds; none: all is well.
using Finding = std::optional<Violation>;

constexpr uint32_t kWholeWeight = 1000;
// What a decision was made on may be so old when its outcome is on the disk.
constexpr absl::Duration kDecided = absl::Milliseconds(200);
// As fleet::FleetOptions has it.
constexpr absl::Duration kLease = absl::Seconds(90);

// An assignment that is written, and what its plan has come to by then.
struct Asking {
  const store::PlanRecord& plan;
  const v1::Rollout& rollout;
  const store::AssignmentRecord& before;
  const store::AssignmentRecord& after;
};

template <typename Record>
Record Parse(const std::string& bytes) {
  Record record;
  record.ParseFromString(bytes);
  return record;
}

decide::HostLimit ToLimit(const v1::HostLimit& limit);

// What is being brought in, or serves; of a record of nothing: "".
std::string Last(const store::AssignmentRecord& record);
// Which time it was asked for, see controller/store/attempt.h; else 0.
int64_t AttemptOf(const store::AssignmentRecord& record);
// Which rollout asked for it; else 0.
int64_t RolloutOf(const store::AssignmentRecord& record);
bool IsShared(const store::AssignmentRecord& record);
bool IsInChange(const store::AssignmentRecord& record);

// What the host told last of one plan.
struct Told {
  int ready_weight = 0;
  int live = 0;
  bool failed = false;
};

Told Read(const fleet::HostSnapshot& host, const std::string& plan,
          const std::string& revision);

// Not thread-safe.
class Evidence {
 public:
  // Both must outlive this.
  Evidence(const SimulatedDisk& disk, const SimulatedTime& time)
      : disk_(disk), time_(time) {}

  // That of the controller that runs; null: none does.
  void set_fleet(const fleet::Fleet* fleet) { fleet_ = fleet; }
  const fleet::Fleet* fleet() const { return fleet_; }

  absl::Time Now() const { return time_.Now(); }
  // "" for nothing.
  std::string OnDisk(const std::string& key) const { return disk_.Read(key); }
  bool AnyOnDisk(const std::string& prefix) const {
    return !disk_.List(prefix).entries.empty();
  }
  std::vector<store::PlanRecord> Plans() const;
  store::PlanRecord PlanOf(const std::string& name) const;
  v1::Rollout NewestRolloutOf(const store::PlanRecord& plan) const;
  // By host.
  std::map<std::string, store::AssignmentRecord> Assignments(
      const std::string& plan) const;
  // While a controller runs.
  std::vector<fleet::HostSnapshot> HostsOf(const store::PlanRecord& plan) const;
  // It may count as late.
  bool IsOverdue(const store::AssignmentRecord& record,
                 const v1::Strategy& strategy) const;

 private:
  const SimulatedDisk& disk_;
  const SimulatedTime& time_;
  const fleet::Fleet* fleet_ = nullptr;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_EVIDENCE_H_
