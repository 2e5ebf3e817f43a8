// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/limit_invariants.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "controller/decide/limits.h"

namespace rollout::simulation {
namespace {

// As seen for longer than a decision takes.
bool IsOut(const fleet::HostSnapshot& host, const std::string& plan) {
  if (host.lease_over) return host.silent_for > kLease + kDecided;
  if (!host.reported) return true;
  return host.observed_for > kDecided &&
         Read(host, plan, "").ready_weight < static_cast<int>(kWholeWeight);
}

struct Counts {
  int desired = 0;
  int in_change = 0;
  // But for the host itself.
  int out = 0;
  int overlapping = 0;
  // The host was out of service, or may have been when that was decided.
  bool was_out = false;
  // It had one generation, and shall have two.
  bool is_new_overlap = false;
};

Counts CountHosts(const Asking& beginning, const Evidence& evidence) {
  Counts counts;
  const std::string& plan = beginning.plan.plan().name();
  const v1::Strategy& strategy = beginning.plan.plan().spec().strategy();
  auto records = evidence.Assignments(plan);
  for (const fleet::HostSnapshot& other : evidence.HostsOf(beginning.plan)) {
    ++counts.desired;
    const store::AssignmentRecord& record = records[other.info.name()];
    const Told told = Read(other, plan, Last(record));
    counts.in_change += IsInChange(record) && !told.failed &&
                        !record.failed() &&
                        !evidence.IsOverdue(record, strategy);
    if (other.info.name() == beginning.after.host()) {
      counts.was_out =
          other.observed_for <= kDecided ||
          Read(other, plan, "").ready_weight < static_cast<int>(kWholeWeight);
      const store::AssignmentRecord& before = beginning.before;
      counts.is_new_overlap =
          beginning.after.revisions_size() > 1 && told.live == 1 &&
          (before.revisions_size() < 2 || before.has_settled());
      counts.overlapping += counts.is_new_overlap;
    } else {
      counts.out += IsOut(other, plan);
      counts.overlapping +=
          other.observed_for > kDecided && !other.lease_over &&
          (told.live > 1 || (record.revisions_size() > 1 &&
                             !record.has_settled() && !told.failed));
    }
  }
  return counts;
}

}  // namespace

Finding CheckLimits(const Asking& beginning, const Evidence& evidence) {
  const std::string& plan = beginning.plan.plan().name();
  const v1::Strategy& strategy = beginning.plan.plan().spec().strategy();
  const Counts counts = CountHosts(beginning, evidence);
  auto limits = decide::ResolveLimits(ToLimit(strategy.max_surge()),
                                      ToLimit(strategy.max_unavailable()),
                                      counts.desired);
  if (!limits.ok() || counts.desired == 0) return std::nullopt;
  if (counts.in_change > limits->change()) {
    return Violation{"NeverMoreThanSurge",
                     absl::StrCat(counts.in_change, " hosts of ", plan,
                                  " in change, ", limits->change(), " may be")};
  }
  if (!counts.was_out && counts.out > limits->unavailable) {
    return Violation{
        "NeverBelowMinAvailable",
        absl::StrCat(beginning.after.host(),
                     ", which serves, is touched while ", counts.out,
                     " are out of service, ", limits->unavailable, " may be")};
  }
  const int overlap =
      decide::ResolveOverlap(ToLimit(strategy.max_overlap()), counts.desired);
  if (counts.is_new_overlap && counts.overlapping > overlap) {
    return Violation{
        "NeverMoreThanOverlap",
        absl::StrCat(counts.overlapping, " hosts of ", plan,
                     " with two generations, ", overlap, " may be")};
  }
  return std::nullopt;
}

Finding CheckFleetLimit(const Asking& beginning, const Evidence& evidence,
                        int most) {
  int in_change = 0;
  for (const store::PlanRecord& plan : evidence.Plans()) {
    const std::string& name = plan.plan().name();
    const v1::Rollout rollout = evidence.NewestRolloutOf(plan);
    if (rollout.phase() != v1::PROGRESSING) continue;
    auto records = evidence.Assignments(name);
    for (const fleet::HostSnapshot& host : evidence.HostsOf(plan)) {
      const store::AssignmentRecord& record = records[host.info.name()];
      in_change += IsInChange(record) && Last(record) == rollout.revision() &&
                   !record.failed() && !Read(host, name, Last(record)).failed &&
                   !evidence.IsOverdue(record, plan.plan().spec().strategy());
    }
  }
  if (in_change <= most) return std::nullopt;
  return Violation{"NeverMoreThanFleetLimit",
                   absl::StrCat(beginning.after.host(), " begins with ",
                                beginning.after.plan(), ", that makes ",
                                in_change, " in change, ", most, " may be")};
}

}  // namespace rollout::simulation
