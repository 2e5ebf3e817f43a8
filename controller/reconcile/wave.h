// SPDX-License-Identifier: Apache-2.0
//
// What a decision changes in the store: assignments, the rollout's status, and
// when it is complete the plan's stable revision; cut into transactions.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_RECONCILE_WAVE_H_
#define CONTROLLER_RECONCILE_WAVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "controller/decide/decision.h"
#include "controller/decide/view.h"
#include "controller/store/catalog.h"
#include "controller/store/store.h"
#include "proto/rollout/v1/event.pb.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::reconcile {

// One transaction, and the hosts that have to be told once it is stored.
struct Part {
  store::Transaction transaction;
  std::vector<std::string> hosts;
};

// All transactions compare the plan and the rollout with what was read, and
// those that begin something what holds hosts, so that an operator's word stops
// the rest of a wave. The status goes last.
struct Wave {
  std::vector<Part> parts;
  std::vector<v1::Event> events;
  // The rollout ended with this wave.
  bool ended = false;
  v1::Rollout rollout;
};

// The records a decision rests on.
struct DecidedOn {
  const store::PlanState& state;
  // Of store::kHoldsKey.
  int64_t holds_revision = 0;
};

// Empty parts: nothing has changed.
Wave MakeWave(const DecidedOn& records, const decide::PlanView& view,
              const decide::Decision& decision);

}  // namespace rollout::reconcile

#endif  // CONTROLLER_RECONCILE_WAVE_H_
