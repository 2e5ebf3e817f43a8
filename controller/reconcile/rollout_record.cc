// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/rollout_record.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/proto_time.h"
#include "controller/reconcile/conditions.h"
#include "controller/store/rollout_status.h"
#include "controller/view/plan_view.h"

namespace rollout::reconcile {
namespace {

using decide::Decision;
using decide::Phase;
using decide::PlanView;
using decide::StepKind;

// As in the reason of an event.
absl::string_view WordOf(v1::RolloutPhase phase) {
  switch (phase) {
    case v1::PROGRESSING:
      return "Progressing";
    case v1::ROLLING_BACK:
      return "RollingBack";
    case v1::COMPLETE:
      return "Complete";
    case v1::ROLLED_BACK:
      return "RolledBack";
    case v1::ABORTED:
      return "Aborted";
    case v1::SUPERSEDED:
      return "Superseded";
    default:
      return "Failed";
  }
}

void SetCounts(const decide::Counts& counts, v1::HostCounts* proto) {
  proto->set_desired(counts.desired);
  proto->set_updated(counts.updated);
  proto->set_available(counts.desired - counts.unavailable);
  proto->set_unavailable(counts.unavailable);
  proto->set_in_change(counts.in_change);
  proto->set_overlapping(counts.overlapping);
}

// How many are there already is told beside it, by the counts.
std::string Progress(const decide::Counts& counts) {
  return absl::StrCat(counts.in_change,
                      counts.in_change == 1 ? " host" : " hosts", " in change");
}

void SetStep(const Decision& decision, v1::Rollout* rollout) {
  if (decision.steps_done != rollout->steps_done()) {
    rollout->set_steps_done(decision.steps_done);
    rollout->clear_step();
  }
  if (decision.step_reached != absl::InfiniteFuture()) {
    *rollout->mutable_step()->mutable_reached() =
        ToProto(decision.step_reached);
  } else if (rollout->step().has_reached()) {
    // The bake begins anew, and what was said of it before is of no account.
    rollout->clear_step();
  }
}

// What it waits for; nothing: what it does.
void SetReason(const Decision& decision, v1::Rollout* rollout) {
  if (!decision.waiting.empty()) {
    rollout->set_reason(decision.waiting);
    rollout->set_message(decision.waiting_message);
  } else if (!decision.held.empty()) {
    rollout->set_reason(decision.held);
    rollout->set_message(decision.held_message);
  } else {
    rollout->clear_reason();
    rollout->set_message(Progress(decision.counts));
  }
}

v1::Event EventOf(const v1::Rollout& rollout, absl::Time now) {
  v1::Event event;
  *event.mutable_time() = ToProto(now);
  event.set_plan(rollout.plan());
  event.set_rollout(rollout.number());
  return event;
}

v1::Event EventOf(const v1::Rollout& rollout, const decide::HostView& host,
                  absl::Time now) {
  v1::Event event = EventOf(rollout, now);
  event.set_host(host.name);
  return event;
}

// What became of its newest generation of the revision.
std::string LastWordOf(const decide::HostView& host,
                       const std::string& revision) {
  const decide::GenerationView* newest = nullptr;
  for (const decide::GenerationView& each : host.generations) {
    if (each.revision != revision) continue;
    if (newest == nullptr || each.number > newest->number) newest = &each;
  }
  return newest == nullptr ? "" : newest->message;
}

// Of hosts that are there, and of those that failed and get another try.
std::vector<v1::Event> EventsOfHosts(const v1::Rollout& rollout,
                                     const PlanView& view,
                                     const Decision& decision) {
  std::vector<v1::Event> events;
  for (const decide::HostAction& action : decision.step.actions) {
    const decide::HostView& host = view.hosts[action.host];
    const decide::WeightedRevision& wanted = action.revisions.back();
    v1::Event event = EventOf(rollout, host, view.now);
    if (decision.step.kind == StepKind::kSettle) {
      event.set_severity(v1::Event::NORMAL);
      event.set_reason("HostUpdated");
      event.set_message(absl::StrCat("serves revision ", wanted.revision));
    } else if (decision.step.kind == StepKind::kBringIn && wanted.retry > 0) {
      event.set_severity(v1::Event::WARNING);
      event.set_reason("HostRetried");
      event.set_message(absl::StrCat("is asked again, retry ", wanted.retry,
                                     " of ", view.strategy.retries, ": ",
                                     LastWordOf(host, wanted.revision)));
    } else {
      continue;
    }
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace

v1::Rollout Updated(const v1::Rollout& before, const PlanView& view,
                    const Decision& decision) {
  v1::Rollout rollout = before;
  SetCounts(decision.counts, rollout.mutable_hosts());
  if (decision.phase != view.rollout.phase) {
    CHECK(decide::MayFollow(view.rollout.phase, decision.phase));
    bool told = !decision.reason.empty();
    store::SetPhase(&rollout, view::FromPhase(decision.phase),
                    told ? decision.reason : before.reason(),
                    told ? decision.message : before.message(), view.now);
  } else if (decision.paused && !view.rollout.paused) {
    rollout.set_paused(true);
    rollout.set_reason(decision.reason);
    rollout.set_message(decision.message);
    store::SetCondition(&rollout,
                        {"Paused", true, decision.reason, decision.message},
                        view.now);
  } else if (decision.phase == Phase::kProgressing && !decision.paused) {
    SetReason(decision, &rollout);
  }
  if (decision.progressed && !decide::IsOver(decision.phase)) {
    *rollout.mutable_progressed() = ToProto(view.now);
  } else if (decision.waited > absl::ZeroDuration()) {
    *rollout.mutable_progressed() = ToProto(
        std::min(view.now, FromProto(before.progressed()) + decision.waited));
  }
  const bool stands = store::IsUnderWay(rollout);
  const absl::string_view reason =
      decision.paused ? "Paused" : absl::string_view(decision.waiting);
  store::SetStandstill(&rollout, stands ? reason : "", view.now);
  SetStep(decision, &rollout);
  SetConditions(view, decision, &rollout);
  return rollout;
}

std::vector<v1::Event> EventsOf(const v1::Rollout& before,
                                const v1::Rollout& after, const PlanView& view,
                                const Decision& decision) {
  std::vector<v1::Event> events = EventsOfHosts(after, view, decision);
  if (before.steps_done() != after.steps_done()) {
    v1::Event event = EventOf(after, view.now);
    event.set_severity(v1::Event::NORMAL);
    event.set_reason("CanaryStepDone");
    event.set_message(absl::StrCat("step ", after.steps_done(), " of ",
                                   view.strategy.steps.size()));
    events.push_back(std::move(event));
  }
  if (before.phase() != after.phase() || before.paused() != after.paused()) {
    v1::Event event = EventOf(after, view.now);
    bool good = after.phase() == v1::COMPLETE || after.phase() == v1::ABORTED;
    event.set_severity(good ? v1::Event::NORMAL : v1::Event::WARNING);
    event.set_host(good ? "" : decision.failed_host);
    event.set_reason(absl::StrCat(
        "Rollout", after.paused() ? "Paused" : WordOf(after.phase())));
    event.set_message(
        after.reason() == "Complete"
            ? after.message()
            : absl::StrCat(after.reason(), ": ", after.message()));
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace rollout::reconcile
