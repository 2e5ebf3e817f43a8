// SPDX-License-Identifier: Apache-2.0
//
// A fleet of hosts that exist as numbers only, and the controller's memory of
// them, for simulations of controller/decide: hosts that are slow, fail,
// disconnect and come back, a controller that forgets what was observed.

#ifndef TESTS_CONTROLLER_DECIDE_SIMULATED_FLEET_H_
#define TESTS_CONTROLLER_DECIDE_SIMULATED_FLEET_H_

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/decision.h"
#include "controller/decide/view.h"

namespace rollout::decide {

// How likely things go wrong, in thousandths a second and host.
struct Weather {
  int disconnect = 0;
  int reconnect = 100;
  int crash = 0;
  // Of the hosts, those on which a bad revision fails.
  int bad_hosts = 1000;
  // For so long a bad revision may serve.
  absl::Duration bad_after = absl::Seconds(8);
};

// Not thread-safe. Everything follows from the seed.
class SimulatedFleet {
 public:
  SimulatedFleet(uint32_t seed, int hosts, StrategyView strategy,
                 Weather weather);

  // Begins a rollout as PlanChange does.
  void StartRollout(const std::string& revision);
  // Generations of this revision fail, before or after the flip.
  void SetBad(const std::string& revision) { bad_.insert(revision); }
  void SetPaused(bool paused);
  void Abort();
  // The canary step bakes no longer; has its approval.
  void Promote() { view_.rollout.promoted = true; }
  void Approve() { view_.rollout.approved = true; }
  // The controller forgets everything observed; agents report again.
  void RestartController();

  // One pass of the controller: decides and carries it out. Of a wave of
  // several hosts only a part may be stored.
  Decision Pass();
  // A second in the life of the hosts.
  void Second();
  void SetWeather(Weather weather) { weather_ = weather; }

  const PlanView& view() const { return view_; }
  const std::string& stable() const { return stable_; }
  // Hosts that have served well for a while once and that, in truth, don't now.
  int OutOfService() const;
  std::string Describe() const;

 private:
  struct Machine {
    // What the agent was told last, and what it runs.
    std::vector<WeightedRevision> told;
    std::vector<GenerationView> generations;
    int64_t last_number = 0;
    bool connected = true;
    bool reported = true;
    absl::Time heard;
    bool bad = false;
    // A generation that is not about to fail has served 10 s.
    bool established = false;
  };

  bool Chance(int permille) {
    return static_cast<int>(random_() % 1000) < permille;
  }
  void Observe();
  void Live(Machine* machine);
  void StartMissing(Machine* machine);
  void Age(Machine* machine);
  void Weigh(Machine* machine);
  bool IsBad(const Machine& machine, const GenerationView& generation) const;
  void MayFail(Machine* machine, GenerationView* generation);

  std::mt19937 random_;
  Weather weather_;
  std::vector<Machine> machines_;
  std::set<std::string> bad_;
  std::string stable_;
  // Condition "Progressing", as controller/reconcile keeps it.
  bool runs_ = true;
  PlanView view_;
};

}  // namespace rollout::decide

#endif  // TESTS_CONTROLLER_DECIDE_SIMULATED_FLEET_H_
