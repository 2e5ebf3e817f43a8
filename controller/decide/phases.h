// SPDX-License-Identifier: Apache-2.0
//
// The phases of a rollout and which may follow which.
//
// Pure values and functions: no clock, no I/O, safe from any thread.

#ifndef CONTROLLER_DECIDE_PHASES_H_
#define CONTROLLER_DECIDE_PHASES_H_

namespace rollout::decide {

//                 every host there
//   kProgressing ───────────────────────────► kComplete
//     │    │  │ a host failed, no progress, abort
//     │    │  └──────────► kRollingBack ─────► kRolledBack
//     │    │ and nowhere to      │  │  asked for └─► kAborted
//     │    │ go back to          │  │ going back failed
//     │    └─────────────────────┼──┴────────► kFailed
//     └──────────────────────────┴───────────► kSuperseded
//       a newer rollout began
//
// The five on the right are ends: a rollout leaves none of them.
enum class Phase {
  // Hosts are being moved to the wanted revision.
  kProgressing,
  // Hosts are being moved back to the stable revision.
  kRollingBack,
  // Every host serves the wanted revision; it is the stable one now.
  kComplete,
  // Every host serves the stable revision again, after a failure.
  kRolledBack,
  // As kRolledBack, because an operator asked for it.
  kAborted,
  // Stopped where it was: there is nothing to go back to, or going back failed.
  kFailed,
  // A newer rollout of the plan took over.
  kSuperseded,
};

// A step of the picture.
bool MayFollow(Phase from, Phase to);

bool IsOver(Phase phase);

}  // namespace rollout::decide

#endif  // CONTROLLER_DECIDE_PHASES_H_
