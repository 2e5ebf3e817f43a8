// SPDX-License-Identifier: Apache-2.0

#include "controller/store/plan_change.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "controller/store/keys.h"
#include "controller/store/revision_id.h"
#include "controller/store/rollout_status.h"
#include "controller/store/word.h"

namespace rollout::store {

namespace {

bool HaveSameSteps(const v1::PlanSpec& a, const v1::PlanSpec& b) {
  const auto &of_a = a.strategy().steps(), &of_b = b.strategy().steps();
  return std::equal(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
                    [](const v1::CanaryStep& x, const v1::CanaryStep& y) {
                      return CanonicalBytes(x) == CanonicalBytes(y);
                    });
}

}  // namespace

PlanChange::PlanChange(const Catalog& catalog, const std::string& plan,
                       absl::Time now)
    : catalog_(catalog),
      name_(plan),
      now_(now),
      before_(catalog.FindPlan(plan)),
      deleted_(catalog.FindDeleted(plan)) {
  if (before_) {
    plan_ = before_->plan.record;
    rollout_ = before_->rollout.record;
  } else {
    plan_.mutable_plan()->set_name(plan);
    *plan_.mutable_plan()->mutable_created() = ToProto(now);
    plan_.set_last_rollout(deleted_.record.last_rollout());
    plan_.set_last_revision(deleted_.record.last_revision());
  }
}

void PlanChange::SetSpec(const v1::PlanSpec& spec) {
  if (IsUnderWay(rollout_) && !HaveSameSteps(plan_.plan().spec(), spec)) {
    // What was done and said is of the steps that were there before.
    rollout_.set_steps_done(0);
    rollout_.clear_step();
  }
  v1::Plan* plan = plan_.mutable_plan();
  *plan->mutable_spec() = spec;
  plan->set_spec_version(plan->spec_version() + 1);
  *plan->mutable_changed() = ToProto(now_);
}

bool PlanChange::Declare(const v1::Origin& origin, const v1::PlanSpec& spec) {
  const Declaration& before = plan_.declaration();
  if (before.origin().source() == origin.source() &&
      before.origin().path() == origin.path() &&
      before.origin().sha256_from() == origin.sha256_from() &&
      CanonicalBytes(before.spec()) == CanonicalBytes(spec)) {
    return false;
  }
  *plan_.mutable_declaration()->mutable_origin() = origin;
  *plan_.mutable_declaration()->mutable_spec() = spec;
  return true;
}

void PlanChange::StartRollout(const v1::Cause& cause) {
  if (before_ && IsUnderWay(rollout_)) Supersede();
  std::string revision = RevisionId(plan_.plan().spec().service());
  TakeRevision(revision);
  plan_.set_last_rollout(plan_.last_rollout() + 1);
  rollout_.Clear();
  rollout_.set_plan(name_);
  rollout_.set_number(plan_.last_rollout());
  rollout_.set_revision(revision);
  rollout_.set_stable_revision(plan_.stable_revision());
  rollout_.set_phase(v1::PROGRESSING);
  rollout_.set_spec_version(plan_.plan().spec_version());
  *rollout_.mutable_cause() = cause;
  *rollout_.mutable_created() = ToProto(now_);
  *rollout_.mutable_progressed() = ToProto(now_);
  DropOldRevisions();
  DropOldRollouts();
}

void PlanChange::Remove(bool stop, const v1::Cause& cause) {
  v1::Removal* removal = plan_.mutable_removal();
  *removal->mutable_cause() = cause;
  *removal->mutable_since() = ToProto(now_);
  removal->set_stop(stop);
  if (!IsUnderWay(rollout_)) return;
  SetPhase(&rollout_, v1::FAILED, "PlanDeleted",
           absl::StrCat("the plan was deleted ", Word{cause, now_}.Text()),
           now_);
}

void PlanChange::TakeRevision(const std::string& id) {
  if (catalog_.FindRevision(name_, id)) return;
  plan_.set_last_revision(plan_.last_revision() + 1);
  v1::Revision revision;
  revision.set_plan(name_);
  revision.set_id(id);
  revision.set_number(plan_.last_revision());
  *revision.mutable_service() = plan_.plan().spec().service();
  *revision.mutable_created() = ToProto(now_);
  Put(RevisionKey(name_, id), revision);
}

void PlanChange::Supersede() {
  v1::Rollout old = rollout_;
  SetPhase(&old, v1::SUPERSEDED, "Superseded",
           absl::StrCat("rollout ", plan_.last_rollout() + 1, " took over"),
           now_);
  Put(RolloutKey(name_, old.number()), old);
}

void PlanChange::DropOldRevisions() {
  // Newest first; the one just taken is not among them.
  std::vector<v1::Revision> revisions = catalog_.Revisions(name_);
  for (size_t i = kRevisionsKept - 1; i < revisions.size(); ++i) {
    if (InUse(revisions[i].id())) continue;
    others_.deletes.push_back(RevisionKey(name_, revisions[i].id()));
  }
}

bool PlanChange::InUse(const std::string& revision) const {
  if (revision == rollout_.revision() || revision == plan_.stable_revision()) {
    return true;
  }
  for (const AssignmentRecord& assignment : catalog_.Assignments(name_)) {
    for (const v1::WeightedRevision& weighted : assignment.revisions()) {
      if (weighted.revision() == revision) return true;
    }
  }
  return false;
}

void PlanChange::DropOldRollouts() {
  std::vector<v1::Rollout> rollouts = catalog_.Rollouts(name_);
  for (size_t i = kRolloutsKept - 1; i < rollouts.size(); ++i) {
    others_.deletes.push_back(RolloutKey(name_, rollouts[i].number()));
  }
}

void PlanChange::Put(std::string key, const google::protobuf::Message& record) {
  others_.puts.push_back({std::move(key), record.SerializeAsString()});
}

Transaction PlanChange::ToTransaction() const {
  Transaction transaction = others_;
  int64_t plan_seen = before_ ? before_->plan.mod_revision : 0;
  transaction.comparisons.push_back({PlanKey(name_), plan_seen});
  if (!before_) {
    transaction.comparisons.push_back(
        {DeletedKey(name_), deleted_.mod_revision});
  }
  if (before_) {
    transaction.comparisons.push_back(
        {RolloutKey(name_, before_->rollout.record.number()),
         before_->rollout.mod_revision});
  }
  transaction.puts.push_back({PlanKey(name_), plan_.SerializeAsString()});
  transaction.puts.push_back(
      {RolloutKey(name_, rollout_.number()), rollout_.SerializeAsString()});
  return transaction;
}

}  // namespace rollout::store
