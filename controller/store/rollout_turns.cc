// SPDX-License-Identifier: Apache-2.0

#include "controller/store/rollout_turns.h"

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"
#include "base/status_macros.h"
#include "controller/store/rollout_status.h"

namespace rollout::store {
namespace {

std::string TitleOf(const v1::Rollout& rollout) {
  return absl::StrCat("rollout ", rollout.number(), " of ", rollout.plan());
}

absl::Status CheckUnderWay(const v1::Rollout& rollout, absl::string_view verb) {
  if (IsUnderWay(rollout)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      rollout.plan(), " has no rollout under way: nothing to ", verb));
}

absl::Status CheckNotGoingBack(const v1::Rollout& rollout) {
  if (rollout.phase() != v1::ROLLING_BACK) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      TitleOf(rollout), " is going back already (", rollout.reason(), ")"));
}

// FailedPrecondition: it has none any more.
absl::StatusOr<v1::CanaryStep> PresentStep(PlanChange& change,
                                           absl::string_view verb) {
  const v1::Rollout& rollout = change.rollout();
  RETURN_IF_ERROR(CheckUnderWay(rollout, verb));
  RETURN_IF_ERROR(CheckNotGoingBack(rollout));
  const auto& steps = change.plan().plan().spec().strategy().steps();
  const int done = static_cast<int>(rollout.steps_done());
  if (done < steps.size()) return steps[done];
  return absl::FailedPreconditionError(
      absl::StrCat(TitleOf(rollout),
                   steps.empty() ? " has no canary steps"
                                 : " has its canary steps behind it",
                   ": nothing to ", verb));
}

bool NeedsApproval(const v1::CanaryStep& step) {
  return step.approval() > v1::CanaryStep::NONE;
}

std::string StepTitle(const v1::Rollout& rollout) {
  return absl::StrCat("canary step ", rollout.steps_done() + 1, " of ",
                      TitleOf(rollout));
}

absl::StatusOr<v1::CanaryStep> StepToApprove(PlanChange& change,
                                             absl::string_view verb) {
  ASSIGN_OR_RETURN(v1::CanaryStep step, PresentStep(change, verb));
  const v1::Rollout& rollout = change.rollout();
  if (!NeedsApproval(step)) {
    return absl::FailedPreconditionError(absl::StrCat(
        StepTitle(rollout), " asks for no approval: nothing to ", verb));
  }
  if (!rollout.step().has_reached()) {
    return absl::FailedPreconditionError(absl::StrCat(
        StepTitle(rollout), " is under way: there is nothing to ", verb,
        " yet. 'rolloutctl status ", rollout.plan(), "' shows its hosts"));
  }
  if (rollout.step().has_approval()) {
    return absl::FailedPreconditionError(
        absl::StrCat(StepTitle(rollout), " was approved of by ",
                     rollout.step().approval().user(), " already"));
  }
  return step;
}

// Ends it, or turns it back where there is something to go back to.
void GoBack(PlanChange& change, absl::string_view reason, const Word& word) {
  v1::Rollout& rollout = change.rollout();
  const std::string who = word.Text();
  bool back = !rollout.stable_revision().empty();
  SetPhase(&rollout, back ? v1::ROLLING_BACK : v1::FAILED, reason,
           back ? who
                : absl::StrCat(who,
                               "; there is no stable revision to go back to, "
                               "hosts keep what they run"),
           word.now);
  if (rollout.paused()) {
    SetCondition(&rollout, {"Paused", false, reason, who}, word.now);
  }
  rollout.set_paused(false);
  *rollout.mutable_progressed() = ToProto(word.now);
}

}  // namespace

absl::StatusOr<std::string> PauseRollout(PlanChange& change, const Word& word) {
  v1::Rollout& rollout = change.rollout();
  RETURN_IF_ERROR(CheckUnderWay(rollout, "pause"));
  if (rollout.paused()) {
    return absl::FailedPreconditionError(
        absl::StrCat(TitleOf(rollout), " is paused already"));
  }
  rollout.set_paused(true);
  // On the way back they say why it goes back, and how it is to end.
  if (rollout.phase() == v1::PROGRESSING) {
    rollout.set_reason("PausedByOperator");
    rollout.set_message(word.Text());
  }
  SetCondition(&rollout, {"Paused", true, "PausedByOperator", word.Text()},
               word.now);
  return "RolloutPaused";
}

absl::StatusOr<std::string> ResumeRollout(PlanChange& change,
                                          const Word& word) {
  v1::Rollout& rollout = change.rollout();
  RETURN_IF_ERROR(CheckUnderWay(rollout, "resume"));
  if (!rollout.paused()) {
    return absl::FailedPreconditionError(
        absl::StrCat(TitleOf(rollout), " is not paused"));
  }
  const bool goes_on = rollout.phase() == v1::PROGRESSING;
  // The failure would pause it again at once. On the way back it is why it goes
  // back, which goes on.
  if (goes_on && rollout.reason() == "HostFailed") {
    change.StartRollout(word.cause);
    return "RolloutCreated";
  }
  rollout.set_paused(false);
  // Nobody has looked meanwhile: it bakes anew.
  rollout.clear_step();
  if (goes_on) {
    rollout.clear_reason();
    rollout.clear_message();
  }
  *rollout.mutable_progressed() = ToProto(word.now);
  SetCondition(&rollout, {"Paused", false, "Resumed", word.Text()}, word.now);
  return "RolloutResumed";
}

absl::StatusOr<std::string> RetryRollout(PlanChange& change, const Word& word) {
  const v1::Rollout& rollout = change.rollout();
  if (IsUnderWay(rollout)) {
    return absl::FailedPreconditionError(
        absl::StrCat(TitleOf(rollout), " is under way: nothing to retry yet"));
  }
  if (rollout.phase() == v1::COMPLETE) {
    return absl::FailedPreconditionError(absl::StrCat(
        TitleOf(rollout), " is complete: nothing to retry. 'rolloutctl undo ",
        rollout.plan(), " --to-revision NUMBER' goes to another revision"));
  }
  change.StartRollout(word.cause);
  return "RolloutCreated";
}

absl::StatusOr<std::string> AbortRollout(PlanChange& change, const Word& word) {
  RETURN_IF_ERROR(CheckUnderWay(change.rollout(), "abort"));
  RETURN_IF_ERROR(CheckNotGoingBack(change.rollout()));
  GoBack(change, "Aborted", word);
  return "RolloutAborted";
}

void RevertRollout(PlanChange& change, const Word& word) {
  GoBack(change, "Reverted", word);
}

absl::StatusOr<std::string> PromoteStep(PlanChange& change, const Word& word) {
  ASSIGN_OR_RETURN(v1::CanaryStep step, PresentStep(change, "promote"));
  v1::Rollout& rollout = change.rollout();
  if (!rollout.step().has_reached()) {
    return absl::FailedPreconditionError(absl::StrCat(
        StepTitle(rollout), " is under way: nothing waits. 'rolloutctl status ",
        rollout.plan(),
        "' shows its hosts; 'promote --full' leaves all steps out"));
  }
  const absl::Time baked =
      FromProto(rollout.step().reached()) + FromProto(step.bake());
  if (rollout.step().promoted() || word.now >= baked) {
    return absl::FailedPreconditionError(
        absl::StrCat(StepTitle(rollout), " bakes no longer",
                     NeedsApproval(step) ? ": it waits for an approval, use "
                                           "'rolloutctl approve'"
                                         : ": it goes on by itself"));
  }
  rollout.mutable_step()->set_promoted(true);
  return "CanaryStepPromoted";
}

absl::StatusOr<std::string> PromoteFully(PlanChange& change, const Word& word) {
  RETURN_IF_ERROR(PresentStep(change, "promote").status());
  v1::Rollout& rollout = change.rollout();
  const auto& steps = change.plan().plan().spec().strategy().steps();
  const int done = static_cast<int>(rollout.steps_done());
  for (int i = done; i < steps.size(); ++i) {
    const bool approved = i == done && rollout.step().has_approval();
    if (!NeedsApproval(steps[i]) || approved) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "canary step ", i + 1, " of ", TitleOf(rollout),
        " asks for an approval, which a promotion does not stand for: promote "
        "as far as that one, then use 'rolloutctl approve'"));
  }
  rollout.set_steps_done(steps.size());
  rollout.clear_step();
  *rollout.mutable_progressed() = ToProto(word.now);
  return "RolloutPromoted";
}

absl::StatusOr<std::string> ApproveStep(PlanChange& change, const Word& word) {
  ASSIGN_OR_RETURN(v1::CanaryStep step, StepToApprove(change, "approve"));
  v1::Rollout& rollout = change.rollout();
  if (step.approval() == v1::CanaryStep::FOUR_EYES &&
      word.cause.user() == rollout.cause().user()) {
    return absl::PermissionDeniedError(absl::StrCat(
        StepTitle(rollout), " asks for four eyes (approval: fourEyes), and ",
        word.cause.user(),
        " started the rollout: another operator has to approve"));
  }
  *rollout.mutable_step()->mutable_approval() = word.cause;
  return "CanaryStepApproved";
}

absl::StatusOr<std::string> RejectStep(PlanChange& change, const Word& word) {
  RETURN_IF_ERROR(StepToApprove(change, "reject").status());
  GoBack(change, "Rejected", word);
  return "CanaryStepRejected";
}

absl::StatusOr<std::string> OverrideFreeze(PlanChange& change,
                                           const Word& word) {
  v1::Rollout& rollout = change.rollout();
  RETURN_IF_ERROR(CheckUnderWay(rollout, "exempt from a freeze"));
  if (rollout.has_freeze_override()) {
    return absl::FailedPreconditionError(
        absl::StrCat(TitleOf(rollout), " was exempted from freezes by ",
                     rollout.freeze_override().user(), " already"));
  }
  *rollout.mutable_freeze_override() = word.cause;
  return "FreezeOverridden";
}

}  // namespace rollout::store
