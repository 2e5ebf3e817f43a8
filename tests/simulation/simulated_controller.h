// SPDX-License-Identifier: Apache-2.0
//
// One life of a controller: all that controller/main.cc puts together, but for
// gRPC and HTTP, on disks that outlive it. It dies by being destroyed.

#ifndef TESTS_SIMULATION_SIMULATED_CONTROLLER_H_
#define TESTS_SIMULATION_SIMULATED_CONTROLLER_H_

#include <limits>
#include <memory>

#include "controller/fleet/fleet.h"
#include "controller/reconcile/engine.h"
#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/hold_operations.h"
#include "controller/store/plan_operations.h"
#include "prometheus/registry.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/simulated_time.h"

namespace rollout::simulation {

struct Disks {
  SimulatedDisk state;
  SimulatedDisk history;
};

// Not thread-safe.
class SimulatedController {
 public:
  // Both must outlive this.
  SimulatedController(Disks& disks, SimulatedTime& time,
                      int max_in_change = std::numeric_limits<int>::max())
      : store_(disks.state, time),
        history_store_(disks.history, time),
        catalog_(*store::Catalog::Open(store_)),
        history_(*store::History::Open(history_store_, {})),
        fleet_(*catalog_, *history_, time, fleet::FleetOptions{}),
        metrics_(registry_),
        operations_(*catalog_, *history_, time),
        holds_(*catalog_, *history_, time),
        engine_(std::make_unique<reconcile::Engine>(
            reconcile::EngineRooms{*catalog_, *history_, fleet_, time, metrics_,
                                   max_in_change},
            std::make_unique<SimulatedLoop>(time))) {
    engine_->Start();
  }
  ~SimulatedController() {
    store_.Close();
    history_store_.Close();
  }

  store::Catalog& catalog() { return *catalog_; }
  store::PlanOperations& operations() { return operations_; }
  store::HoldOperations& holds() { return holds_; }
  fleet::Fleet& fleet() { return fleet_; }
  void SetFull(bool full) {
    store_.SetFull(full);
    history_store_.SetFull(full);
  }

 private:
  SimulatedStore store_;
  SimulatedStore history_store_;
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::History> history_;
  fleet::Fleet fleet_;
  prometheus::Registry registry_;
  reconcile::EngineMetrics metrics_;
  store::PlanOperations operations_;
  store::HoldOperations holds_;
  std::unique_ptr<reconcile::Engine> engine_;
};

}  // namespace rollout::simulation

#endif  // TESTS_SIMULATION_SIMULATED_CONTROLLER_H_
