// SPDX-License-Identifier: Apache-2.0
//
// RetriesHold: a rollout asks a host again once the host has told that it
// failed, and no more than strategy.retries times, over however many
// controllers. Before the last of these tries no host counts as failed, unless
// it is late, held or lost.

#ifndef TESTS_SIMULATION_RETRY_INVARIANTS_H_
#define TESTS_SIMULATION_RETRY_INVARIANTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/time/time.h"
#include "controller/fleet/fleet.h"
#include "proto/rollout/v1/rollout.pb.h"
#include "tests/simulation/evidence.h"

namespace rollout::simulation {

// Not thread-safe.
class RetryInvariants {
 public:
  // Must outlive this.
  explicit RetryInvariants(const Evidence& evidence) : evidence_(evidence) {}

  // Another controller begins, which knows of no host what it runs.
  void OnController() { known_.clear(); }
  // Something about it has changed, of which the controller now knows.
  void OnHost(const fleet::HostSnapshot& host);
  // Somebody is held from now on, or no longer.
  void OnHolds() { holds_changed_ = evidence_.Now(); }
  // The disk is another one: what was asked is not on it.
  void OnRestored() { asked_.clear(); }

  Finding CheckAssignment(const Asking& asking);
  Finding CheckRollout(const v1::Rollout& before,
                       const v1::Rollout& after) const;

 private:
  // What the controller knows of one host, and since when.
  struct Known {
    bool connected = false;
    bool lost = false;
    absl::Time connection_changed;
    // Infinite past: it was not.
    absl::Time last_lost = absl::InfinitePast();
  };

  Finding CheckCount(const Asking& asking);
  Finding CheckRetry(const Asking& asking) const;
  Finding CheckTolerated(const Asking& asking) const;
  bool MayCountAsFailed(const store::AssignmentRecord& record,
                        const store::PlanRecord& plan) const;
  bool HasToldFailure(const store::AssignmentRecord& record) const;
  bool MayBeHeld(const std::string& host) const;
  bool MayBeLost(const std::string& host) const;
  bool IsOutOfReach(const std::string& host) const;
  bool IsRecent(absl::Time time) const {
    return evidence_.Now() - time <= kDecided;
  }

  const Evidence& evidence_;
  // How often, by plan, host, rollout and revision.
  std::map<std::tuple<std::string, std::string, int64_t, std::string>, int>
      asked_;
  // The last attempt of which a failure was told, by plan, host and
  // revision.
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> failed_;
  // When one whose failure was tolerated was asked again, by plan and
  // host.
  std::map<std::pair<std::string, std::string>, absl::Time> forgiven_;
  std::map<std::string, Known> known_;
  absl::Time holds_changed_ = absl::InfinitePast();
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_RETRY_INVARIANTS_H_
