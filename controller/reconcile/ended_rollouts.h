// SPDX-License-Identifier: Apache-2.0
//
// Counts each rollout once, when it is over, whoever ended it: the engine, an
// operator, or a newer rollout.
//
// Not thread-safe.

#ifndef CONTROLLER_RECONCILE_ENDED_ROLLOUTS_H_
#define CONTROLLER_RECONCILE_ENDED_ROLLOUTS_H_

#include <cstdint>
#include <map>
#include <string>

#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::reconcile {

class EndedRollouts {
 public:
  // Both must outlive this.
  EndedRollouts(const store::Catalog& catalog, EngineMetrics& metrics)
      : catalog_(catalog), metrics_(metrics) {}

  // What is over by now was counted by the controller before.
  void Skip(const v1::Rollout& newest);
  // Counts what is over of the plan and was not counted.
  void Count(const v1::Rollout& newest);
  // The plan is gone.
  void Forget(const std::string& plan) { uncounted_.erase(plan); }

 private:
  const store::Catalog& catalog_;
  EngineMetrics& metrics_;
  // By plan: the first rollout that was not over when it was last looked at.
  std::map<std::string, int64_t> uncounted_;
};

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_ENDED_ROLLOUTS_H_
