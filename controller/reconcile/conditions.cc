// SPDX-License-Identifier: Apache-2.0

#include "controller/reconcile/conditions.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/proto_time.h"
#include "controller/decide/limits.h"
#include "controller/store/rollout_status.h"

namespace rollout::reconcile {
namespace {

using decide::Decision;
using decide::PlanView;

void SetAvailable(const PlanView& view, const decide::Counts& counts,
                  v1::Rollout* rollout) {
  auto limits = decide::ResolveLimits(
      view.strategy.max_surge, view.strategy.max_unavailable, counts.desired);
  const int allowed = limits.ok() ? limits->unavailable : 0;
  const bool available = counts.unavailable <= allowed;
  const std::string message =
      absl::StrCat(counts.desired - counts.unavailable, " of ", counts.desired,
                   " hosts serve; at most ", allowed, " may be out of service");
  store::SetCondition(rollout,
                      {"Available", available,
                       available ? "EnoughHosts" : "HostsUnavailable", message},
                      view.now);
}

// True: its clocks run.
void SetProgressing(const Decision& decision, absl::Time now,
                    v1::Rollout* rollout) {
  if (!store::IsUnderWay(*rollout)) {
    store::SetCondition(
        rollout, {"Progressing", false, rollout->reason(), rollout->message()},
        now);
    return;
  }
  if (decision.paused) {
    const std::string message(store::MessageOf(*rollout, "Paused"));
    store::SetCondition(rollout, {"Progressing", false, "Paused", message},
                        now);
    return;
  }
  if (!decision.waiting.empty()) {
    store::SetCondition(
        rollout,
        {"Progressing", false, decision.waiting, decision.waiting_message},
        now);
    return;
  }
  const bool back = rollout->phase() == v1::ROLLING_BACK;
  const int in_change = decision.counts.in_change;
  const std::string held =
      absl::StrCat(decision.held, ": ", decision.held_message);
  const std::string moved = absl::StrCat(
      in_change, in_change == 1 ? " host" : " hosts", " in change");
  store::SetCondition(
      rollout,
      {"Progressing", true, back ? "RollingBack" : "RollingOut",
       absl::StrCat("to revision ", store::DestinationOf(*rollout), ", ",
                    decision.held.empty() ? moved : held)},
      now);
}

// Its word stands until the next one.
void SetPaused(v1::Rollout* rollout) {
  if (!store::MessageOf(*rollout, "Paused").empty()) return;
  // Since it began: no clock starts over.
  store::SetCondition(rollout,
                      {"Paused", false, "NotPaused", "nobody has paused it"},
                      FromProto(rollout->created()));
}

// A host has failed; or one had, and not all are back yet. A person who aborts
// a rollout knows why.
void SetDegraded(const PlanView& view, const Decision& decision,
                 v1::Rollout* rollout) {
  const bool host_failed = decision.counts.failed > 0;
  const bool rollout_failed =
      rollout->phase() == v1::FAILED ||
      (rollout->phase() == v1::ROLLING_BACK && !view.rollout.aborted);
  if (!host_failed && !rollout_failed) {
    const bool is_back =
        rollout->phase() == v1::ROLLED_BACK || rollout->phase() == v1::ABORTED;
    store::SetCondition(rollout,
                        {"Degraded", false, "AsExpected",
                         is_back ? "the hosts are back" : "no host has failed"},
                        view.now);
    return;
  }
  const bool is_over = rollout->phase() == v1::FAILED;
  std::string why = host_failed && !is_over
                        ? absl::StrCat("host ", decision.failed_host, ": ",
                                       decision.failed_message)
                        : rollout->message();
  store::SetCondition(rollout,
                      {"Degraded", true,
                       rollout_failed ? rollout->reason() : "HostFailed", why},
                      view.now);
}

void SetComplete(const decide::Counts& counts, absl::Time now,
                 v1::Rollout* rollout) {
  const bool back = rollout->phase() == v1::ROLLING_BACK;
  const std::string progress =
      absl::StrCat(counts.updated, " of ", counts.desired, " hosts ",
                   back ? "back" : "updated");
  const bool ends = !store::IsUnderWay(*rollout);
  const bool complete = rollout->phase() == v1::COMPLETE;
  store::SetCondition(rollout,
                      {"Complete", complete,
                       ends   ? absl::string_view(rollout->reason())
                       : back ? "RollingBack"
                              : "RollingOut",
                       ends ? rollout->message() : progress},
                      now);
}

}  // namespace

void SetConditions(const PlanView& view, const Decision& decision,
                   v1::Rollout* rollout) {
  SetAvailable(view, decision.counts, rollout);
  SetProgressing(decision, view.now, rollout);
  SetPaused(rollout);
  SetDegraded(view, decision, rollout);
  SetComplete(decision.counts, view.now, rollout);
}

}  // namespace rollout::reconcile
