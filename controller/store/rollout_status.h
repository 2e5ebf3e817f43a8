// SPDX-License-Identifier: Apache-2.0
//
// What a rollout's record says of itself: its phases and conditions.
//
// Pure functions: safe from any thread.

#ifndef CONTROLLER_STORE_ROLLOUT_STATUS_H_
#define CONTROLLER_STORE_ROLLOUT_STATUS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/rollout/v1/rollout.pb.h"

namespace rollout::store {

// Hosts are being moved, or wait to be: PROGRESSING or ROLLING_BACK.
bool IsUnderWay(const v1::Rollout& rollout);

// The revision the hosts are on their way to or, at rest, are on; empty after
// a failure that left them mixed.
std::string DestinationOf(const v1::Rollout& rollout);

// The statement a condition makes, without its time.
struct Statement {
  absl::string_view type;
  bool status = false;
  absl::string_view reason;
  absl::string_view message;
};

// Adds the condition or brings it up to date; its time changes with its status
// alone. Returns whether anything changed.
bool SetCondition(v1::Rollout* rollout, const Statement& statement,
                  absl::Time now);

// Of its condition of that type; empty: it has none.
absl::string_view MessageOf(const v1::Rollout& rollout, absl::string_view type);

// When the rollout last began to run: created, resumed after a pause, or done
// with waiting (condition Progressing). Clocks stand still while it is paused
// or waits, so they start over from here.
absl::Time RunningSince(const v1::Rollout& rollout);

// As above, but for waiting.
absl::Time UnpausedSince(const v1::Rollout& rollout);

// Brings up to date for what it stands still ("Paused", "Baking", ...); empty:
// it does not.
void SetStandstill(v1::Rollout* rollout, absl::string_view reason,
                   absl::Time now);

// For how long people kept it waiting until `now`.
absl::Duration WaitedForPeople(const v1::Rollout& rollout, absl::Time now);

// Ends or turns the rollout: sets phase, reason and message, and when it is
// over now, the time it finished and the conditions that say that nothing
// happens in it any more.
void SetPhase(v1::Rollout* rollout, v1::RolloutPhase phase,
              absl::string_view reason, absl::string_view message,
              absl::Time now);

}  // namespace rollout::store

#endif  // CONTROLLER_STORE_ROLLOUT_STATUS_H_
