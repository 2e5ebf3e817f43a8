// SPDX-License-Identifier: Apache-2.0
//
// One history: a fleet, its controllers, its operators, and what happens to
// them, all from one seed. A storm, then calm weather in which everything has
// to come to rest.

#ifndef TESTS_SIMULATION_WORLD_H_
#define TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "proto/rollout/v1/plan.pb.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/programs.h"
#include "tests/simulation/simulated_controller.h"
#include "tests/simulation/simulated_host.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

// Not thread-safe.
class World {
 public:
  // `most_hosts`: at least 1.
  World(uint32_t seed, int most_hosts);
  ~World();

  // The whole of it; none: all went well.
  std::optional<Violation> Run();

  // Where everybody stands, for people.
  std::string Describe() const;

 private:
  void MakeHosts(int count);
  void AddHost();

  void StartController();
  void KillController();
  void StartControllerSoon();
  bool Serves(const std::string& host, const std::string& plan);
  void LoseDisk(SimulatedDisk::Content left);
  // For so long, or until something is violated.
  bool Live(absl::Duration time);
  void Storm(absl::Duration time);
  void Calm();
  bool AtRest() const;
  bool AtRest(const std::string& plan) const;

  void Happen();
  void HappenToHost();
  void HappenToController();
  void Operate();
  void HoldOrNot(const std::string& plan);
  void HoldNothing();
  void LetGoOn();
  void Apply(const std::string& plan, const std::string& command);
  std::string AnyPlan();
  SimulatedHost& AnyHost();
  void CheckAcknowledged(const v1::SwapReport& report);

  static constexpr char kWeb[] = "web";
  static constexpr char kApi[] = "api";

  SimulatedTime time_;
  const uint32_t seed_;
  Disks disks_;
  Programs programs_;
  Invariants invariants_;
  Switchboard switchboard_;
  std::map<std::string, v1::PlanSpec> specs_;
  // Of all plans together.
  int most_in_change_ = std::numeric_limits<int>::max();
  std::unique_ptr<SimulatedController> controller_;
  bool controller_due_ = false;
  SimulatedDisk::Content backup_;
  std::vector<std::unique_ptr<SimulatedHost>> hosts_;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_WORLD_H_
