// SPDX-License-Identifier: Apache-2.0

#include "tests/simulation/step_invariants.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/proto_time.h"

namespace rollout::simulation {
namespace {

constexpr char kInvariant[] = "CanaryStepsHold";

}  // namespace

Finding CheckStepHosts(const Asking& beginning, const Evidence& evidence) {
  const v1::Rollout& rollout = beginning.rollout;
  const auto& steps = beginning.plan.plan().spec().strategy().steps();
  const int done = static_cast<int>(rollout.steps_done());
  auto is_asked = [&rollout](const store::AssignmentRecord& record) {
    return Last(record) == rollout.revision() &&
           RolloutOf(record) == rollout.number();
  };
  // Asked again it is no host more: the steps may have come after it.
  if (done >= steps.size() || is_asked(beginning.before)) return std::nullopt;
  std::set<std::string> selected;
  for (const fleet::HostSnapshot& host : evidence.HostsOf(beginning.plan)) {
    selected.insert(host.info.name());
  }
  int asked = 0;
  for (const auto& [host, record] : evidence.Assignments(rollout.plan())) {
    asked += selected.count(host) > 0 && is_asked(record);
  }
  const int desired = static_cast<int>(selected.size());
  int most = 0;
  for (int i = 0; i <= done; ++i) {
    most = std::max({most, 1, ToLimit(steps[i].hosts()).RoundedUp(desired)});
  }
  if (asked <= most) return std::nullopt;
  return Violation{kInvariant,
                   absl::StrCat(asked, " hosts asked at step ", done + 1, ": ",
                                steps[done].ShortDebugString())};
}

Finding CheckStepShare(const Asking& asking) {
  const v1::Rollout& rollout = asking.rollout;
  const auto& steps = asking.plan.plan().spec().strategy().steps();
  const int done = static_cast<int>(rollout.steps_done());
  if (rollout.phase() != v1::PROGRESSING || done >= steps.size() ||
      asking.after.revisions_size() < 2 ||
      Last(asking.after) != rollout.revision()) {
    return std::nullopt;
  }
  const uint32_t share = asking.after.revisions().rbegin()->weight();
  uint32_t before = 0;
  for (const auto& weighted : asking.before.revisions()) {
    if (weighted.revision() == rollout.revision()) before = weighted.weight();
  }
  if (share <= before || share <= steps[done].weight()) return std::nullopt;
  return Violation{kInvariant, absl::StrCat(asking.after.host(), " gives ",
                                            share, " at step ", done + 1, ": ",
                                            steps[done].ShortDebugString())};
}

Finding CheckStepEnd(const v1::Rollout& before, const v1::Rollout& after,
                     const Evidence& evidence) {
  const store::PlanRecord plan = evidence.PlanOf(after.plan());
  const auto& steps = plan.plan().spec().strategy().steps();
  const uint32_t done = before.steps_done();
  if (before.number() != after.number() || after.steps_done() <= done ||
      done >= static_cast<uint32_t>(steps.size())) {
    return std::nullopt;
  }
  const v1::CanaryStep& step = steps[static_cast<int>(done)];
  const v1::CanaryProgress& progress = before.step();
  if (step.approval() > v1::CanaryStep::NONE && !progress.has_approval()) {
    return Violation{kInvariant,
                     absl::StrCat("step ", done + 1, " ends unapproved of")};
  }
  // An operator may leave all of them out.
  if (after.steps_done() == static_cast<uint32_t>(steps.size())) {
    return std::nullopt;
  }
  const absl::Duration bake = FromProto(step.bake());
  if (bake == absl::ZeroDuration()) return std::nullopt;
  const absl::Duration baked = evidence.Now() - FromProto(progress.reached());
  if (progress.has_reached() && (progress.promoted() || baked >= bake)) {
    return std::nullopt;
  }
  return Violation{kInvariant, absl::StrCat("step ", done + 1, " ends after ",
                                            absl::FormatDuration(baked), ": ",
                                            before.ShortDebugString())};
}

}  // namespace rollout::simulation
