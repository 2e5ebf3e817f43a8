// SPDX-License-Identifier: Apache-2.0
//
// What must hold whatever happens: looked at whenever something
// reaches the disk, by other code than that which decides. The limits, the
// canary steps and the retries have their own rooms; here is who may be asked
// at all, and for what.

#ifndef TESTS_SIMULATION_INVARIANTS_H_
#define TESTS_SIMULATION_INVARIANTS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "controller/fleet/fleet.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "tests/simulation/evidence.h"
#include "tests/simulation/removal_invariants.h"
#include "tests/simulation/retry_invariants.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

// Not thread-safe.
class Invariants {
 public:
  // Both must outlive this.
  Invariants(SimulatedDisk& disk, const SimulatedTime& time);

  // That of the controller that runs; null: none does.
  void set_fleet(fleet::Fleet* fleet);
  // Of all plans together.
  void set_most_in_change(int hosts) { most_in_change_ = hosts; }

  void set_serves(RemovalInvariants::Serves serves) {
    removals_.set_serves(std::move(serves));
  }

  // The disk holds something else.
  void OnRestored() {
    retries_.OnRestored();
    removals_.OnRestored();
  }

  // A host is told to end a service.
  void OnRemoval(const std::string& host, const std::string& plan,
                 int64_t removal) {
    Note(removals_.CheckTold(host, plan, removal));
  }

  void Violate(const std::string& invariant, const std::string& what);
  // The first one; what follows from it is not told.
  const std::optional<Violation>& violation() const { return violation_; }

 private:
  void Note(const Finding& finding);
  void OnPut(const std::string& key, const std::string& before,
             const std::string& after);
  void OnRollout(const v1::Rollout& before, const v1::Rollout& after);
  void OnAssignment(const Asking& asking);
  void OnBeginning(const Asking& beginning);

  const SimulatedTime& time_;
  Evidence evidence_;
  RetryInvariants retries_;
  RemovalInvariants removals_;
  int most_in_change_ = std::numeric_limits<int>::max();
  std::optional<Violation> violation_;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_INVARIANTS_H_
