// SPDX-License-Identifier: Apache-2.0
//
// The people's half of World: what operators say.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "controller/store/hold_operations.h"
#include "controller/store/holds.h"
#include "controller/store/keys.h"
#include "controller/store/plan_operations.h"
#include "tests/simulation/any_spec.h"
#include "tests/simulation/world.h"

namespace rollout::simulation {
namespace {

v1::Cause By(const std::string& user) {
  v1::Cause cause;
  cause.set_user(user);
  return cause;
}

}  // namespace

void World::Operate() {
  if (controller_ == nullptr) return;
  const std::string plan = AnyPlan();
  auto& operations = controller_->operations();
  auto ignore = [](absl::Status) {};
  switch (time_.Below(13)) {
    case 0:
    case 1:
    case 2:
      return Apply(plan, absl::StrCat("v", 1 + time_.Below(6)));
    case 3:
      return operations.Pause(plan, By("ann"), ignore);
    case 4:
      return operations.Resume(plan, By("ann"), ignore);
    case 5:
      if (time_.Chance(300)) operations.Abort(plan, By("ann"), ignore);
      return;
    case 6:
      return operations.Promote(plan, time_.Chance(200), By("ann"), ignore);
    case 7:
      return operations.Approve(plan, By("bob"), ignore);
    case 8:
      if (time_.Chance(200)) operations.Reject(plan, By("bob"), ignore);
      return;
    case 9:
    case 10:
      return HoldOrNot(plan);
    case 11:
      // Seldom: most of what can happen does to a plan that is there.
      if (time_.Chance(300)) {
        operations.Delete(plan, time_.Chance(700), By("ann"), ignore);
      }
      return;
    default:
      return operations.Undo(
          plan, 0, By("ann"),
          [](const store::NamedSpec&) { return absl::OkStatus(); },
          [](absl::StatusOr<store::Undone>) {});
  }
}

// More often not, or soon nothing would happen any more.
void World::HoldOrNot(const std::string& plan) {
  store::HoldOperations& holds = controller_->holds();
  auto ignore = [](absl::Status) {};
  const std::string& host = AnyHost().name();
  v1::HostSelector hosts;
  if (time_.Chance(500)) (*hosts.mutable_match_labels())[kApi] = "yes";
  switch (time_.Below(8)) {
    case 0:
    case 1:
      return holds.Cordon(host, By("ann"), ignore);
    case 2:
      return holds.Freeze(hosts, By("ann"), ignore);
    case 3:
      return controller_->operations().OverrideFreeze(plan, By("ann"), ignore);
    case 4:
    case 5:
      return holds.Unfreeze(hosts, By("ann"), ignore);
    default:
      return HoldNothing();
  }
}

void World::HoldNothing() {
  auto ignore = [](absl::Status) {};
  const store::Holds there = controller_->catalog().Holds();
  for (const auto& [host, cordon] : there.cordons) {
    controller_->holds().Uncordon(host, By("ann"), ignore);
  }
  for (const auto& [hosts, freeze] : there.freezes) {
    controller_->holds().Unfreeze(freeze.record.hosts(), By("ann"), ignore);
  }
}

// What waits for people.
void World::LetGoOn() {
  HoldNothing();
  auto& operations = controller_->operations();
  auto ignore = [](absl::Status) {};
  for (const auto& [plan, spec] : specs_) {
    auto state = controller_->catalog().FindPlan(plan);
    if (!state) continue;
    if (state->rollout.record.paused()) {
      const bool back = state->rollout.record.phase() == v1::ROLLING_BACK;
      back ? operations.Resume(plan, By("ann"), ignore)
           : operations.Abort(plan, By("ann"), ignore);
    } else if (state->rollout.record.reason() == "ApprovalRequired") {
      operations.Approve(plan, By("bob"), ignore);
    }
  }
}

void World::Apply(const std::string& plan, const std::string& command) {
  // Now and then with other limits.
  if (specs_.count(plan) == 0 || time_.Chance(200)) {
    specs_[plan] = AnySpec(plan, command, time_);
  }
  v1::PlanSpec spec = specs_[plan];
  spec.mutable_service()->set_command(0, command);
  controller_->operations().Apply(
      {{plan, spec}}, By("ann"),
      [this, plan](absl::StatusOr<std::vector<store::Applied>> applied) {
        if (!applied.ok() || applied->front().rollout == 0) return;
        const std::string key =
            store::RolloutKey(plan, applied->front().rollout);
        if (!disks_.state.Read(key).empty()) return;
        invariants_.Violate("NothingAcknowledgedIsLost",
                            absl::StrCat(key, " is not on the disk"));
      });
}

}  // namespace rollout::simulation
