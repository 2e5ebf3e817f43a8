// SPDX-License-Identifier: Apache-2.0
//
// A service ends for good only by an operator's word, and where one was
// promised, it has.

#ifndef TESTS_SIMULATION_REMOVAL_INVARIANTS_H_
#define TESTS_SIMULATION_REMOVAL_INVARIANTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "controller/store/record.pb.h"
#include "tests/simulation/evidence.h"

namespace rollout::simulation {

// Not thread-safe.
class RemovalInvariants {
 public:
  // Whether the host serves clients of the plan.
  using Serves =
      std::function<bool(const std::string& host, const std::string& plan)>;

  // `evidence` must outlive this.
  explicit RemovalInvariants(const Evidence& evidence) : evidence_(evidence) {}

  void set_serves(Serves serves) { serves_ = std::move(serves); }

  // The plan's record is written.
  void OnPlan(const store::PlanRecord& plan);
  // The plan is gone. With stop, none of the hosts that had to do with it may
  // serve.
  Finding CheckGone(const std::string& plan);
  // A host is told to end the plan's service.
  Finding CheckTold(const std::string& host, const std::string& plan,
                    int64_t removal) const;
  // The disk holds something else.
  void OnRestored() { waited_for_.clear(); }

 private:
  const Evidence& evidence_;
  Serves serves_;
  // What operators have asked for at any time: plan and number.
  std::set<std::pair<std::string, int64_t>> asked_;
  // By plan that is being removed with stop: the hosts that were given it.
  std::map<std::string, std::set<std::string>> waited_for_;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_REMOVAL_INVARIANTS_H_
