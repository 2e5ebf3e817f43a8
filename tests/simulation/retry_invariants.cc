// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/retry_invariants.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/proto_time.h"
#include "controller/store/attempt.h"
#include "controller/store/keys.h"

namespace rollout::simulation {
namespace {

Violation Broken(const std::string& what) { return {"RetriesHold", what}; }

bool IsAsked(const Asking& asking) {
  return RolloutOf(asking.after) == asking.rollout.number() &&
         (AttemptOf(asking.before) != AttemptOf(asking.after) ||
          Last(asking.before) != Last(asking.after));
}

bool IsRetry(const Asking& asking) {
  return IsAsked(asking) && Last(asking.before) == Last(asking.after) &&
         RolloutOf(asking.before) == asking.rollout.number();
}

// What the agent takes no notice of.
bool IsSameAgain(const Asking& asking) {
  const auto &before = asking.before.revisions(),
             &after = asking.after.revisions();
  return FromProto(asking.before.began()) != FromProto(asking.after.began()) &&
         std::equal(before.begin(), before.end(), after.begin(), after.end(),
                    [](const auto& a, const auto& b) {
                      return a.SerializeAsString() == b.SerializeAsString();
                    });
}

// Who the rollout says has failed; "": nobody has.
std::string DegradedBy(const v1::Rollout& rollout) {
  for (const v1::Condition& condition : rollout.conditions()) {
    absl::string_view message = condition.message();
    if (condition.type() != "Degraded" || !condition.status() ||
        !absl::ConsumePrefix(&message, "host ")) {
      continue;
    }
    return std::string(message.substr(0, message.find(':')));
  }
  return "";
}

}  // namespace

void RetryInvariants::OnHost(const fleet::HostSnapshot& host) {
  const std::string& name = host.info.name();
  for (const auto& service : host.observation->services()) {
    for (const auto& generation : service.generations()) {
      if (generation.phase() != v1::FAILED_GENERATION) continue;
      int64_t& last = failed_[{service.plan(), name, generation.revision()}];
      last = std::max<int64_t>(last, generation.attempt());
    }
  }
  const absl::Time now = evidence_.Now();
  auto [entry, is_new] = known_.try_emplace(name);
  Known& known = entry->second;
  if (is_new || known.connected != host.connected) {
    known.connection_changed = now;
  }
  if (known.lost) known.last_lost = now;
  known.connected = host.connected;
  known.lost = host.lease_over;
}

Finding RetryInvariants::CheckAssignment(const Asking& asking) {
  const store::AssignmentRecord& before = asking.before;
  if (!before.failed() && asking.after.failed()) return CheckTolerated(asking);
  if (IsSameAgain(asking)) {
    return Broken(absl::StrCat(before.host(), " begins with what it was asked ",
                               "for: ", before.ShortDebugString()));
  }
  if (!IsAsked(asking)) return std::nullopt;
  if (before.failed()) {
    forgiven_[{before.plan(), before.host()}] = evidence_.Now();
  }
  const Finding finding = CheckCount(asking);
  return finding || !IsRetry(asking) ? finding : CheckRetry(asking);
}

Finding RetryInvariants::CheckCount(const Asking& asking) {
  const v1::Rollout& rollout = asking.rollout;
  const store::AssignmentRecord& after = asking.after;
  const int retries =
      rollout.phase() == v1::PROGRESSING
          ? static_cast<int>(asking.plan.plan().spec().strategy().retries())
          : 0;
  const int asked =
      ++asked_[{after.plan(), after.host(), rollout.number(), Last(after)}];
  if (asked <= retries + 1) return std::nullopt;
  return Broken(absl::StrCat(after.host(), " is asked ", asked, " times by ",
                             rollout.plan(), "/", rollout.number(),
                             ", which may ask it again ", retries, " times"));
}

// Each try has an end and a hostDeadline of its own.
Finding RetryInvariants::CheckRetry(const Asking& asking) const {
  const store::AssignmentRecord& before = asking.before;
  const store::AssignmentRecord& after = asking.after;
  std::string why;
  if (AttemptOf(after) != AttemptOf(before) + 1) {
    why = "which is not the next time";
  } else if (!HasToldFailure(before)) {
    why = "though it has not told that it failed";
  } else if (FromProto(after.began()) == FromProto(before.began())) {
    why = "and its deadline is that of the time before";
  } else if (IsOutOfReach(after.host())) {
    why = "though it is disconnected";
  }
  if (why.empty()) return std::nullopt;
  return Broken(absl::StrCat(after.host(), " is asked again, ",
                             AttemptOf(after), " after ", AttemptOf(before),
                             ", ", why));
}

Finding RetryInvariants::CheckTolerated(const Asking& asking) const {
  // What an earlier rollout asked for is not asked for again.
  if (Last(asking.before) != asking.rollout.revision() ||
      RolloutOf(asking.before) != asking.rollout.number() ||
      MayCountAsFailed(asking.before, asking.plan)) {
    return std::nullopt;
  }
  return Broken(absl::StrCat(
      asking.after.host(),
      " is given up before its last try: ", asking.after.ShortDebugString()));
}

Finding RetryInvariants::CheckRollout(const v1::Rollout& before,
                                      const v1::Rollout& after) const {
  const std::string host = DegradedBy(after);
  if (before.phase() != v1::PROGRESSING || host.empty() ||
      host == DegradedBy(before)) {
    return std::nullopt;
  }
  const auto record = Parse<store::AssignmentRecord>(
      evidence_.OnDisk(store::AssignmentKey(after.plan(), host)));
  if (MayCountAsFailed(record, evidence_.PlanOf(after.plan()))) {
    return std::nullopt;
  }
  return Broken(absl::StrCat(host, " counts as failed before its last try: ",
                             record.ShortDebugString(), ": ",
                             after.ShortDebugString()));
}

bool RetryInvariants::MayCountAsFailed(const store::AssignmentRecord& record,
                                       const store::PlanRecord& plan) const {
  const v1::Strategy& strategy = plan.plan().spec().strategy();
  auto forgiven = forgiven_.find({record.plan(), record.host()});
  const bool late =
      !record.has_settled() && evidence_.IsOverdue(record, strategy);
  if (record.failed() || late ||
      (forgiven != forgiven_.end() && IsRecent(forgiven->second))) {
    return true;
  }
  const int retry = store::ToAttempt(AttemptOf(record)).retry;
  return HasToldFailure(record) &&
         (retry >= static_cast<int>(strategy.retries()) ||
          MayBeHeld(record.host()) || MayBeLost(record.host()));
}

// Since it was asked last.
bool RetryInvariants::HasToldFailure(
    const store::AssignmentRecord& record) const {
  auto failed = failed_.find({record.plan(), record.host(), Last(record)});
  return failed != failed_.end() && failed->second >= AttemptOf(record);
}

// Of freezes that are for some hosts alone somebody else may see other labels.
bool RetryInvariants::MayBeHeld(const std::string& host) const {
  return IsRecent(holds_changed_) ||
         !evidence_.OnDisk(store::CordonKey(host)).empty() ||
         evidence_.AnyOnDisk(store::kFreezePrefix);
}

bool RetryInvariants::MayBeLost(const std::string& host) const {
  auto known = known_.find(host);
  return evidence_.fleet() == nullptr || known == known_.end() ||
         known->second.lost || IsRecent(known->second.last_lost);
}

bool RetryInvariants::IsOutOfReach(const std::string& host) const {
  auto known = known_.find(host);
  return known != known_.end() && !known->second.connected &&
         !IsRecent(known->second.connection_changed);
}

}  // namespace rollout::simulation
