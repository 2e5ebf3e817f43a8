// SPDX-License-Identifier: Apache-2.0
//
// What must hold whatever happens, see DESIGN.md: looked at whenever something
// reaches the disk, by other code than that which decides.

#ifndef TESTS_SIMULATION_INVARIANTS_H_
#define TESTS_SIMULATION_INVARIANTS_H_

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "controller/fleet/fleet.h"
#include "controller/store/record.pb.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

struct Violation {
  std::string invariant;
  std::string what;
};

// Not thread-safe.
class Invariants {
 public:
  // Both must outlive this.
  Invariants(SimulatedDisk& disk, const SimulatedTime& time);

  // That of the controller that runs; null: none does.
  void set_fleet(const fleet::Fleet* fleet) { fleet_ = fleet; }
  // Of all plans together.
  void set_most_in_change(int hosts) { most_in_change_ = hosts; }

  void Violate(const std::string& invariant, const std::string& what);
  // The first one; what follows from it is not told.
  const std::optional<Violation>& violation() const { return violation_; }

 private:
  // A host that begins to change.
  struct Beginning {
    const store::PlanRecord& plan;
    const v1::Rollout& rollout;
    const store::AssignmentRecord& before;
    const store::AssignmentRecord& after;
  };

  void OnPut(const std::string& key, const std::string& before,
             const std::string& after);
  void CheckWhere(const Beginning& beginning);
  void CheckHolds(const Beginning& beginning);
  void CheckLimits(const Beginning& beginning);
  void CheckFleetLimit(const Beginning& beginning);
  void CheckSteps(const Beginning& beginning);
  void CheckShare(const Beginning& beginning);
  void OnRollout(const v1::Rollout& before, const v1::Rollout& after);
  bool IsOverdue(const store::AssignmentRecord& record,
                 const v1::Strategy& strategy) const;
  std::vector<store::AssignmentRecord> Assignments(
      const std::string& plan) const;
  std::vector<fleet::HostSnapshot> HostsOf(const store::PlanRecord& plan) const;

  const SimulatedDisk& disk_;
  const SimulatedTime& time_;
  const fleet::Fleet* fleet_ = nullptr;
  int most_in_change_ = std::numeric_limits<int>::max();
  std::optional<Violation> violation_;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_INVARIANTS_H_
