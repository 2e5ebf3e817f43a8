// SPDX-License-Identifier: Apache-2.0

#include "controller/store/plan_operations.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/closest_name.h"
#include "base/status_macros.h"
#include "controller/store/keys.h"
#include "controller/store/plan_change.h"
#include "controller/store/removal.h"
#include "controller/store/revision_id.h"
#include "controller/store/rollout_status.h"
#include "controller/store/rollout_turns.h"
#include "controller/store/undo_target.h"
#include "controller/store/word.h"

namespace rollout::store {
namespace {

absl::Status NoSuchPlan(const Catalog& catalog, absl::string_view plan) {
  std::string nearest = ClosestName(plan, catalog.PlanNames());
  std::string hint = nearest.empty()
                         ? "'rolloutctl get plans' lists those there are"
                         : absl::StrCat("did you mean \"", nearest, "\"?");
  return absl::NotFoundError(
      absl::StrCat("there is no plan \"", plan, "\": ", hint));
}

std::string TitleOf(const v1::Rollout& rollout) {
  return absl::StrCat("rollout ", rollout.number(), " of ", rollout.plan());
}

struct Story {
  absl::string_view reason;
  std::string message;
};

v1::Event EventOf(const v1::Rollout& rollout, const Story& story,
                  const Word& word) {
  v1::Event event = word.Done(story.reason, story.message);
  event.set_plan(rollout.plan());
  event.set_rollout(rollout.number());
  return event;
}

// Tries before an operation gives up against an engine that writes the status
// of the same rollout again and again.
constexpr int kTries = 10;

// No plan record a transaction compared with has changed: it was the engine
// that brought a rollout's status up to date, and no other operator.
bool OnlyStatusChanged(const Catalog& catalog, const Transaction& transaction) {
  for (const Comparison& comparison : transaction.comparisons) {
    absl::string_view plan = comparison.key;
    if (!absl::ConsumePrefix(&plan, kPlanPrefix)) continue;
    auto state = catalog.FindPlan(plan);
    if ((state ? state->plan.mod_revision : 0) != comparison.mod_revision) {
      return false;
    }
  }
  return true;
}

void Append(const Transaction& part, Transaction* whole) {
  auto append = [](const auto& from, auto* to) {
    to->insert(to->end(), from.begin(), from.end());
  };
  append(part.comparisons, &whole->comparisons);
  append(part.puts, &whole->puts);
  append(part.deletes, &whole->deletes);
}

bool NeedsRollout(const PlanRecord& plan, const v1::Rollout& rollout,
                  const std::string& revision) {
  return revision != RevisionId(plan.plan().spec().service()) &&
         revision != DestinationOf(rollout);
}

// Back to where the hosts came from: as far as they have gone at all.
bool TurnsBack(const v1::Rollout& rollout, const std::string& revision) {
  return rollout.phase() == v1::PROGRESSING && rollout.revision() != revision &&
         rollout.stable_revision() == revision;
}

// A plan that is applied with the same template after its rollout failed: no
// rollout starts.
std::vector<std::string> WarningsOf(const v1::Rollout& rollout,
                                    const std::string& revision) {
  const bool failed = rollout.phase() == v1::ROLLED_BACK ||
                      rollout.phase() == v1::ROLLING_BACK ||
                      rollout.phase() == v1::FAILED;
  if (!failed || rollout.revision() != revision) return {};
  return {absl::StrCat("the hosts are not on this revision: ", TitleOf(rollout),
                       " failed (", rollout.reason(), "). 'rolloutctl retry ",
                       rollout.plan(), "' tries it again")};
}

// Who asks for this plan, and why.
v1::Cause CauseOf(const NamedSpec& named, v1::Cause cause) {
  if (named.origin) *cause.mutable_origin() = *named.origin;
  return cause;
}

// Adds one plan of an apply to the batch.
absl::StatusOr<Applied> ApplyOne(const Catalog& catalog, const NamedSpec& named,
                                 const v1::Cause& asked_by, absl::Time now,
                                 PlanOperations::Batch* batch) {
  const v1::Cause cause = CauseOf(named, asked_by);
  PlanChange change(catalog, named.plan, now);
  RETURN_IF_ERROR(CheckStays(change.plan()));
  Applied applied;
  applied.plan = named.plan;
  applied.revision = RevisionId(named.spec.service());
  const bool redeclares =
      named.origin && change.Declare(*named.origin, named.spec);
  if (change.exists() && CanonicalBytes(change.plan().plan().spec()) ==
                             CanonicalBytes(named.spec)) {
    applied.warnings = WarningsOf(change.rollout(), applied.revision);
    if (redeclares) Append(change.ToTransaction(), &batch->transaction);
    return applied;
  }
  applied.change =
      change.exists() ? Applied::Change::kChanged : Applied::Change::kCreated;
  const bool reverts =
      change.exists() && TurnsBack(change.rollout(), applied.revision);
  const bool rolls = !reverts && (!change.exists() ||
                                  NeedsRollout(change.plan(), change.rollout(),
                                               applied.revision));
  change.SetSpec(named.spec);
  if (reverts) {
    RevertRollout(change, {cause, now});
  } else if (rolls) {
    change.StartRollout(cause);
    applied.rollout = change.rollout().number();
  } else {
    applied.warnings = WarningsOf(change.rollout(), applied.revision);
  }
  Story story{"PlanChanged", "the plan's spec changed"};
  if (rolls) {
    story = {"RolloutCreated", absl::StrCat("to revision ", applied.revision)};
  } else if (reverts) {
    story = {"RolloutReverted",
             absl::StrCat("back to revision ", applied.revision)};
  }
  batch->events.push_back(EventOf(change.rollout(), story, {cause, now}));
  Append(change.ToTransaction(), &batch->transaction);
  return applied;
}

}  // namespace

void PlanOperations::Carry(Operation operation, Done done, int tries) {
  auto batch = operation();
  if (!batch.ok()) return done(batch.status());
  if (batch->transaction.puts.empty()) return done(absl::OkStatus());
  Transaction transaction = batch->transaction;
  auto on_commit = [this, operation = std::move(operation),
                    done = std::move(done), batch = *std::move(batch),
                    tries](absl::StatusOr<int64_t> revision) {
    if (revision.ok()) {
      for (const v1::Event& event : batch.events) history_.Add(event);
    } else if (absl::IsAborted(revision.status())) {
      if (tries > 1 && OnlyStatusChanged(catalog_, batch.transaction)) {
        return Carry(operation, done, tries - 1);
      }
      return done(absl::AbortedError(
          "the plan was changed by somebody else meanwhile: look at it, then "
          "try again"));
    }
    done(revision.status());
  };
  catalog_.store().Commit(std::move(transaction), std::move(on_commit));
}

absl::StatusOr<PlanOperations::Batch> PlanOperations::PlanApply(
    const std::vector<NamedSpec>& specs, const v1::Cause& cause,
    std::vector<Applied>* applied) const {
  Batch batch;
  for (const NamedSpec& named : specs) {
    ASSIGN_OR_RETURN(Applied one,
                     ApplyOne(catalog_, named, cause, clock_.Now(), &batch));
    applied->push_back(std::move(one));
  }
  absl::Status size = CheckTransaction(batch.transaction);
  if (size.ok()) return batch;
  return absl::InvalidArgumentError(
      absl::StrCat(specs.size(),
                   " plans are too much for one apply, which is all or "
                   "nothing: apply them in several parts (",
                   size.message(), ")"));
}

absl::StatusOr<std::vector<Applied>> PlanOperations::TryApply(
    const std::vector<NamedSpec>& specs) const {
  std::vector<Applied> applied;
  RETURN_IF_ERROR(PlanApply(specs, v1::Cause(), &applied).status());
  return applied;
}

void PlanOperations::Apply(std::vector<NamedSpec> specs, v1::Cause cause,
                           AppliedDone done) {
  auto applied = std::make_shared<std::vector<Applied>>();
  auto operation = [this, specs = std::move(specs), cause = std::move(cause),
                    applied] {
    applied->clear();
    return PlanApply(specs, cause, applied.get());
  };
  Carry(
      std::move(operation),
      [applied, done = std::move(done)](absl::Status status) {
        status.ok() ? done(std::move(*applied)) : done(status);
      },
      kTries);
}

void PlanOperations::SetArtifact(const std::string& plan, v1::Artifact artifact,
                                 v1::Cause cause, SpecCheck check,
                                 AppliedDone done) {
  auto applied = std::make_shared<std::vector<Applied>>();
  auto operation = [this, plan, artifact = std::move(artifact),
                    cause = std::move(cause), check = std::move(check),
                    applied]() -> absl::StatusOr<Batch> {
    const std::optional<PlanState> state = catalog_.FindPlan(plan);
    if (!state) return NoSuchPlan(catalog_, plan);
    NamedSpec named{plan, state->plan.record.plan().spec()};
    *named.spec.mutable_service()->mutable_artifact() = artifact;
    RETURN_IF_ERROR(check(named));
    applied->clear();
    ASSIGN_OR_RETURN(Batch batch, PlanApply({named}, cause, applied.get()));
    // The spec is from the record read here, and may be older than the one that
    // was read for the batch.
    for (Comparison& comparison : batch.transaction.comparisons) {
      if (comparison.key == PlanKey(plan)) {
        comparison.mod_revision = state->plan.mod_revision;
      }
    }
    return batch;
  };
  Carry(
      std::move(operation),
      [applied, done = std::move(done)](absl::Status status) {
        status.ok() ? done(std::move(*applied)) : done(status);
      },
      kTries);
}

void PlanOperations::Pause(const std::string& plan, v1::Cause cause,
                           Done done) {
  Turn(plan, cause, std::move(done), PauseRollout);
}

void PlanOperations::Resume(const std::string& plan, v1::Cause cause,
                            Done done) {
  Turn(plan, cause, std::move(done), ResumeRollout);
}

void PlanOperations::Abort(const std::string& plan, v1::Cause cause,
                           Done done) {
  Turn(plan, cause, std::move(done), AbortRollout);
}

void PlanOperations::Retry(const std::string& plan, v1::Cause cause,
                           Done done) {
  Turn(plan, cause, std::move(done), RetryRollout);
}

void PlanOperations::Promote(const std::string& plan, bool full,
                             v1::Cause cause, Done done) {
  Turn(plan, cause, std::move(done), full ? PromoteFully : PromoteStep);
}

void PlanOperations::Approve(const std::string& plan, v1::Cause cause,
                             Done done) {
  Turn(plan, cause, std::move(done), ApproveStep);
}

void PlanOperations::Reject(const std::string& plan, v1::Cause cause,
                            Done done) {
  Turn(plan, cause, std::move(done), RejectStep);
}

void PlanOperations::OverrideFreeze(const std::string& plan, v1::Cause cause,
                                    Done done) {
  Turn(plan, cause, std::move(done), store::OverrideFreeze);
}

void PlanOperations::Delete(const std::string& plan, bool stop, v1::Cause cause,
                            Done done) {
  auto operation = [this, plan, stop,
                    cause = std::move(cause)]() -> absl::StatusOr<Batch> {
    absl::Time now = clock_.Now();
    PlanChange change(catalog_, plan, now);
    if (!change.exists()) return NoSuchPlan(catalog_, plan);
    ASSIGN_OR_RETURN(std::string follows,
                     RemovePlan(change, stop, {cause, now}));
    if (follows.empty()) return Batch{};
    Story story{"PlanDeleted", std::move(follows)};
    return Batch{change.ToTransaction(),
                 {EventOf(change.rollout(), story, {cause, now})}};
  };
  Carry(std::move(operation), std::move(done), kTries);
}

void PlanOperations::Turn(const std::string& plan, const v1::Cause& cause,
                          Done done, TurnRollout turn) {
  auto operation = [this, plan, cause, turn]() -> absl::StatusOr<Batch> {
    absl::Time now = clock_.Now();
    PlanChange change(catalog_, plan, now);
    if (!change.exists()) return NoSuchPlan(catalog_, plan);
    RETURN_IF_ERROR(CheckStays(change.plan()));
    ASSIGN_OR_RETURN(std::string reason, turn(change, {cause, now}));
    Story story{reason, "by an operator"};
    return Batch{change.ToTransaction(),
                 {EventOf(change.rollout(), story, {cause, now})}};
  };
  Carry(std::move(operation), std::move(done), kTries);
}

void PlanOperations::Undo(const std::string& plan, int64_t to_revision,
                          v1::Cause cause, SpecCheck check, UndoneDone done) {
  auto undone = std::make_shared<Undone>();
  auto operation = [this, plan, to_revision, cause = std::move(cause),
                    check = std::move(check),
                    undone]() -> absl::StatusOr<Batch> {
    absl::Time now = clock_.Now();
    PlanChange change(catalog_, plan, now);
    if (!change.exists()) return NoSuchPlan(catalog_, plan);
    RETURN_IF_ERROR(CheckStays(change.plan()));
    ASSIGN_OR_RETURN(v1::Revision target,
                     RevisionToUndoTo(catalog_, change.rollout(), to_revision));
    v1::PlanSpec spec = change.plan().plan().spec();
    *spec.mutable_service() = target.service();
    RETURN_IF_ERROR(check({plan, spec}));
    change.SetSpec(spec);
    const bool reverts = TurnsBack(change.rollout(), target.id());
    if (reverts) {
      RevertRollout(change, {cause, now});
    } else {
      change.StartRollout(cause);
    }
    *undone = {change.rollout().number(), target.id()};
    Story story{reverts ? "RolloutReverted" : "RolloutCreated",
                absl::StrCat("back to revision ", target.number(), " (",
                             target.id(), ")")};
    return Batch{change.ToTransaction(),
                 {EventOf(change.rollout(), story, {cause, now})}};
  };
  Carry(
      std::move(operation),
      [undone, done = std::move(done)](absl::Status status) {
        status.ok() ? done(*undone) : done(status);
      },
      kTries);
}

}  // namespace rollout::store
