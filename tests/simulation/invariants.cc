// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/invariants.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"
#include "controller/store/keys.h"
#include "tests/simulation/limit_invariants.h"
#include "tests/simulation/step_invariants.h"

namespace rollout::simulation {
namespace {

Finding CheckWhole(const store::AssignmentRecord& record) {
  uint32_t weight = 0;
  for (const auto& revision : record.revisions()) weight += revision.weight();
  if (weight == kWholeWeight && record.revisions_size() <= 2) {
    return std::nullopt;
  }
  return Violation{"WholeAssignments", record.ShortDebugString()};
}

Finding CheckNotPaused(const Asking& beginning) {
  if (!beginning.rollout.paused()) return std::nullopt;
  return Violation{"PausedMeansNoNewWork",
                   absl::StrCat(beginning.after.host(), " begins though ",
                                beginning.after.plan(), " is paused")};
}

Finding CheckWhere(const Asking& beginning) {
  const v1::Rollout& rollout = beginning.rollout;
  const std::string to = Last(beginning.after);
  bool right = true;
  switch (rollout.phase()) {
    case v1::PROGRESSING:
      // A newcomer, or one that was on its way to something else.
      right = to == rollout.revision() || to == rollout.stable_revision() ||
              (!beginning.before.revisions().empty() &&
               to == beginning.before.revisions(0).revision());
      break;
    case v1::COMPLETE:
      right = to == rollout.revision();
      break;
    case v1::ROLLING_BACK:
    case v1::ROLLED_BACK:
    case v1::ABORTED:
      right = to == rollout.stable_revision() && !to.empty();
      break;
    default:
      right = false;
  }
  if (right) return std::nullopt;
  return Violation{"RollbackOnlyToStable",
                   absl::StrCat(beginning.after.host(), " is sent to ", to,
                                " by ", rollout.ShortDebugString())};
}

// Of freezes that are for some hosts alone somebody else may see other labels.
Finding CheckHolds(const Asking& beginning, const Evidence& evidence) {
  const v1::Rollout& rollout = beginning.rollout;
  const store::AssignmentRecord& after = beginning.after;
  const store::AssignmentRecord& before = beginning.before;
  const bool goes_forward =
      rollout.phase() == v1::PROGRESSING || rollout.phase() == v1::COMPLETE;
  const bool is_asked =
      Last(after) == rollout.revision() && RolloutOf(after) == rollout.number();
  // By this very attempt: a retry is new work.
  const bool was_asked =
      Last(before) == Last(after) && AttemptOf(before) == AttemptOf(after);
  // From a share back to what had the rest is no way forward.
  const bool withdraws =
      IsShared(before) && before.revisions(0).revision() == Last(after);
  if (!goes_forward || withdraws || !is_asked || was_asked) {
    return std::nullopt;
  }
  const std::string cordon = evidence.OnDisk(store::CordonKey(after.host()));
  const std::string freeze = evidence.OnDisk(store::FreezeKey(""));
  if (cordon.empty() && (freeze.empty() || rollout.has_freeze_override())) {
    return std::nullopt;
  }
  return Violation{
      "HeldMeansNoNewWork",
      absl::StrCat(after.host(), " begins with ", after.plan(), " though ",
                   cordon.empty() ? "the fleet is frozen" : "it is cordoned")};
}

}  // namespace

Invariants::Invariants(SimulatedDisk& disk, const SimulatedTime& time)
    : time_(time),
      evidence_(disk, time),
      retries_(evidence_),
      removals_(evidence_) {
  disk.set_on_put(
      [this](const std::string& key, const std::string& before,
             const std::string& after) { OnPut(key, before, after); });
}

void Invariants::set_fleet(fleet::Fleet* fleet) {
  evidence_.set_fleet(fleet);
  if (fleet == nullptr) return;
  retries_.OnController();
  fleet->Subscribe([this, fleet](const std::string& host) {
    if (const auto known = fleet->FindHost(host)) retries_.OnHost(*known);
  });
}

void Invariants::Violate(const std::string& invariant,
                         const std::string& what) {
  if (violation_.has_value()) return;
  violation_ = {
      invariant,
      absl::StrCat("at ", absl::FormatDuration(time_.Uptime()), ": ", what)};
}

void Invariants::Note(const Finding& finding) {
  if (finding) Violate(finding->invariant, finding->what);
}

void Invariants::OnPut(const std::string& key, const std::string& before,
                       const std::string& after) {
  if (key == store::kHoldsKey) retries_.OnHolds();
  if (absl::StartsWith(key, store::kPlanPrefix)) {
    removals_.OnPlan(Parse<store::PlanRecord>(after));
  }
  if (absl::StartsWith(key, store::kDeletedPrefix)) {
    Note(removals_.CheckGone(
        std::string(absl::StripPrefix(key, store::kDeletedPrefix))));
  }
  if (absl::StartsWith(key, store::kRolloutPrefix)) {
    OnRollout(Parse<v1::Rollout>(before), Parse<v1::Rollout>(after));
  }
  if (!absl::StartsWith(key, store::kAssignmentPrefix)) return;
  const auto was = Parse<store::AssignmentRecord>(before);
  const auto is = Parse<store::AssignmentRecord>(after);
  const store::PlanRecord plan = evidence_.PlanOf(is.plan());
  OnAssignment({plan, evidence_.NewestRolloutOf(plan), was, is});
}

void Invariants::OnRollout(const v1::Rollout& before,
                           const v1::Rollout& after) {
  Note(CheckStepEnd(before, after, evidence_));
  Note(retries_.CheckRollout(before, after));
}

void Invariants::OnAssignment(const Asking& asking) {
  Note(CheckWhole(asking.after));
  Note(CheckStepShare(asking));
  Note(retries_.CheckAssignment(asking));
  if (FromProto(asking.before.began()) != FromProto(asking.after.began())) {
    OnBeginning(asking);
  }
}

void Invariants::OnBeginning(const Asking& beginning) {
  Note(CheckNotPaused(beginning));
  Note(CheckWhere(beginning));
  Note(CheckHolds(beginning, evidence_));
  // Who is being changed already needs no room.
  const bool new_work = beginning.rollout.phase() == v1::PROGRESSING &&
                        Last(beginning.after) == beginning.rollout.revision() &&
                        !IsInChange(beginning.before);
  if (!new_work || evidence_.fleet() == nullptr) return;
  Note(CheckLimits(beginning, evidence_));
  Note(CheckFleetLimit(beginning, evidence_, most_in_change_));
  Note(CheckStepHosts(beginning, evidence_));
}

}  // namespace rollout::simulation
