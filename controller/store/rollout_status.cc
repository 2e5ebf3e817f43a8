// SPDX-License-Identifier: Apache-2.0

#include "controller/store/rollout_status.h"

#include <algorithm>

#include "base/proto_time.h"

namespace rollout::store {

bool IsUnderWay(const v1::Rollout& rollout) {
  return rollout.phase() == v1::PROGRESSING ||
         rollout.phase() == v1::ROLLING_BACK;
}

std::string DestinationOf(const v1::Rollout& rollout) {
  switch (rollout.phase()) {
    case v1::PROGRESSING:
    case v1::COMPLETE:
      return rollout.revision();
    case v1::ROLLING_BACK:
    case v1::ROLLED_BACK:
    case v1::ABORTED:
      return rollout.stable_revision();
    default:
      return "";
  }
}

bool SetCondition(v1::Rollout* rollout, const Statement& statement,
                  absl::Time now) {
  v1::Condition* condition = nullptr;
  for (v1::Condition& c : *rollout->mutable_conditions()) {
    if (c.type() == statement.type) condition = &c;
  }
  bool added = condition == nullptr;
  if (added) condition = rollout->add_conditions();
  bool turned = added || condition->status() != statement.status;
  if (!turned && condition->reason() == statement.reason &&
      condition->message() == statement.message) {
    return false;
  }
  condition->set_type(std::string(statement.type));
  condition->set_status(statement.status);
  condition->set_reason(std::string(statement.reason));
  condition->set_message(std::string(statement.message));
  if (turned) *condition->mutable_changed() = ToProto(now);
  return true;
}

absl::string_view MessageOf(const v1::Rollout& rollout,
                            absl::string_view type) {
  for (const v1::Condition& condition : rollout.conditions()) {
    if (condition.type() == type) return condition.message();
  }
  return "";
}

absl::Time RunningSince(const v1::Rollout& rollout) {
  absl::Time since = FromProto(rollout.created());
  for (const v1::Condition& condition : rollout.conditions()) {
    if (condition.type() != "Paused" && condition.type() != "Progressing") {
      continue;
    }
    since = std::max(since, FromProto(condition.changed()));
  }
  return since;
}

absl::Time UnpausedSince(const v1::Rollout& rollout) {
  absl::Time since = FromProto(rollout.created());
  for (const v1::Condition& condition : rollout.conditions()) {
    if (condition.type() != "Paused") continue;
    since = std::max(since, FromProto(condition.changed()));
  }
  return since;
}

void SetStandstill(v1::Rollout* rollout, absl::string_view reason,
                   absl::Time now) {
  if (rollout->standstill().reason() == reason) return;
  const absl::Duration waited = WaitedForPeople(*rollout, now);
  v1::Standstill* standstill = rollout->mutable_standstill();
  *standstill->mutable_for_people() = ToProto(waited);
  standstill->set_reason(std::string(reason));
  *standstill->mutable_since() = ToProto(now);
}

absl::Duration WaitedForPeople(const v1::Rollout& rollout, absl::Time now) {
  const v1::Standstill& standstill = rollout.standstill();
  const absl::Duration before = FromProto(standstill.for_people());
  const std::string& reason = standstill.reason();
  if (reason != "Paused" && reason != "Frozen" &&
      reason != "ApprovalRequired") {
    return before;
  }
  return before +
         std::max(now - FromProto(standstill.since()), absl::ZeroDuration());
}

void SetPhase(v1::Rollout* rollout, v1::RolloutPhase phase,
              absl::string_view reason, absl::string_view message,
              absl::Time now) {
  rollout->set_phase(phase);
  rollout->set_reason(std::string(reason));
  rollout->set_message(std::string(message));
  if (IsUnderWay(*rollout)) return;
  *rollout->mutable_finished() = ToProto(now);
  if (rollout->paused()) {
    SetCondition(rollout, {"Paused", false, reason, message}, now);
  }
  rollout->set_paused(false);
  SetCondition(rollout, {"Progressing", false, reason, message}, now);
  SetCondition(rollout, {"Complete", phase == v1::COMPLETE, reason, message},
               now);
}

}  // namespace rollout::store
