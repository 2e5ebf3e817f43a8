// SPDX-License-Identifier: Apache-2.0
//
// The loop that carries rollouts out: reads a plan and its hosts, lets
// controller/decide decide, stores the outcome, then sends it. Watches catalog
// and fleet; nobody calls it to make it decide.

#ifndef CONTROLLER_RECONCILE_ENGINE_H_
#define CONTROLLER_RECONCILE_ENGINE_H_

#include <limits>
#include <memory>

#include "base/clock.h"
#include "base/task_loop.h"
#include "controller/fleet/fleet.h"
#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"

namespace rollout::reconcile {

// What the engine reads, watches and tells.
struct EngineRooms {
  store::Catalog& catalog;
  store::History& history;
  fleet::Fleet& fleet;
  const Clock& clock;
  EngineMetrics& metrics;
  // So many hosts of all plans together may be in change.
  int max_in_change = std::numeric_limits<int>::max();
};

// Its loop does all the work.
class Engine {
 public:
  // All of `rooms` must outlive the engine. Before it is destroyed the streams
  // have ended and the stores are closed (Store::Close). `loop` is not null,
  // and for the engine alone.
  Engine(const EngineRooms& rooms, std::unique_ptr<TaskLoop> loop);
  // Ends the loop. What was decided and not yet stored is decided again by the
  // next controller.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Raises the epoch, then looks at every plan. Once.
  void Start();

  // Is at work: the epoch is stored and the loop runs. Any thread.
  bool ready() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_ENGINE_H_
