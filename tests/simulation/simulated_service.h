// SPDX-License-Identifier: Apache-2.0
//
// One service of a simulated host: what its shim and its disk keep, which an
// agent's death leaves alone, and what the agent makes of it, by agent/decide.

#ifndef TESTS_SIMULATION_SIMULATED_SERVICE_H_
#define TESTS_SIMULATION_SIMULATED_SERVICE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/decide/decision.h"
#include "agent/reconcile/generation_record.h"
#include "agent/reconcile/wanted_revision.h"
#include "proto/rollout/v1/host.pb.h"
#include "proto/rollout/v1/swap.pb.h"
#include "tests/simulation/programs.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

struct ServiceEvents {
  // There is something new to tell the controller.
  std::function<void()> on_changed;
  std::function<void(v1::SwapReport report)> on_report;
  // Something that must never happen has.
  std::function<void(const std::string& invariant, const std::string& what)>
      on_violation;
};

// Not thread-safe.
class SimulatedService {
 public:
  // All must outlive this.
  SimulatedService(std::string host, std::string plan, SimulatedTime& time,
                   const Programs& programs, ServiceEvents events);

  // The agent's, which must run.
  void Assign(const v1::ServiceAssignment& assignment, bool orphaned);
  // It shall end, by the removal of that number; and nobody asks for it any
  // more.
  void Remove(int64_t removal);
  void StopAskingForRemoval();
  bool IsBeingRemoved() const { return removal_ != 0; }
  // It was removed, and nobody asks for it.
  bool IsGone() const { return gone_; }
  v1::ServiceObservation Observe() const;

  void StopAgent();
  void StartAgent();

  // A generation that runs dies; its probe fails for a while. Nothing where
  // none runs.
  void Crash();
  void Flap();

  // Whether clients are served by whom they reach.
  bool Serves() const;
  // The revision that has all of the weight and serves; empty: none.
  std::string ServingRevision() const;
  // It failed for the attempt that asks for it, and is not tried again.
  bool HasGivenUp(const std::string& revision) const {
    const agent::WantedRevision* wanted = wanted_.Find(revision);
    return wanted != nullptr && wanted->rejected;
  }
  // Different revisions alive.
  int LiveRevisions() const;
  const v1::ServiceAssignment& assignment() const { return assignment_; }
  std::string Describe() const;

 private:
  struct Running {
    agent::GenerationRecord record;
    Behaviour behaviour;
    // Its probe would pass.
    bool answers = false;
    bool dies = false;
  };

  void AskForPass();
  void Pass();
  agent::ServiceView View() const;
  agent::Decision Decide() const;
  bool Carry(const agent::Decision& decision);

  void GiveUp(const agent::Failure& failure);
  void SetWeights(const agent::Weights& weights);
  void Fetch(const std::string& revision);
  void Start(const std::string& revision);
  void Drain(int64_t generation);
  void Die(int64_t generation);
  void Probe(int64_t generation);
  void Probes(int64_t generation, absl::Duration delay);
  Running* Find(int64_t generation);
  std::string CommandOf(const std::string& revision) const;

  const std::string host_;
  const std::string plan_;
  SimulatedTime& time_;
  const Programs& programs_;
  const ServiceEvents events_;
  // Of the host.
  SimulatedLoop machine_;

  // The shim's, and the disk's.
  std::map<int64_t, Running> generations_;
  int64_t last_generation_ = 0;
  v1::ServiceAssignment assignment_;
  bool orphaned_ = false;
  // As agent/reconcile/service.h has them.
  int64_t removal_ = 0;
  bool removed_ = false;
  bool gone_ = false;
  std::map<std::string, v1::Revision> templates_;
  std::map<std::string, agent::WantedRevision> rejected_;
  std::set<std::string> verified_;
  std::map<std::string, int> starts_;

  // The agent's.
  std::unique_ptr<SimulatedLoop> agent_;
  agent::WantedRevisions wanted_;
  bool pass_posted_ = false;
  absl::Duration wake_ = absl::InfiniteDuration();
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_SIMULATED_SERVICE_H_
