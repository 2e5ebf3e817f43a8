// SPDX-License-Identifier: Apache-2.0
//
// What brings a rollout into its states: hosts and plans beside those of
// tests/controller/decide, and what operators do.

#ifndef TESTS_CONTROLLER_RECONCILE_ROLLOUT_STATES_H_
#define TESTS_CONTROLLER_RECONCILE_ROLLOUT_STATES_H_

#include "absl/time/time.h"
#include "base/proto_time.h"
#include "controller/decide/view.h"
#include "controller/store/plan_change.h"
#include "controller/store/rollout_turns.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"

namespace rollout::reconcile {

using decide::Begun;
using decide::HostLimit;
using decide::HostView;
using decide::On;
using decide::PlanView;
using decide::W;

inline HostView Held(decide::Hold hold) {
  HostView host = On("R0");
  host.hold = hold;
  host.hold_message = "by ann: her word";
  return host;
}
inline HostView Cut(HostView host) {
  host.connected = false;
  return host;
}
inline HostView Late() {
  HostView host = Begun();
  host.began = decide::Now() - absl::Minutes(6);
  return host;
}
inline HostView DrainsStill() {
  return decide::Settled({W("R1", 1000, 2)},
                         {decide::Draining("R0"), decide::Serving("R1")});
}
inline HostView WentDown() {
  return decide::Settled({W("R1", 1000, 2)}, {decide::Starting("R1")});
}
inline HostView CannotGoBack() {
  return decide::InChange({W("R0", 1000, 2)}, {decide::Failed("R0", 2)});
}

// Plans.
inline void Usual(PlanView&) {}
inline void OneMayOverlap(PlanView& plan) {
  plan.strategy.max_overlap = HostLimit::Count(1);
}
inline void OneStep(PlanView& plan) {
  plan.strategy.steps.resize(1);
  plan.strategy.steps[0].weight = 50;
  plan.strategy.steps[0].bake = absl::Minutes(5);
}
inline void Approval(PlanView& plan) {
  OneStep(plan);
  plan.strategy.steps[0].bake = absl::ZeroDuration();
  plan.strategy.steps[0].needs_approval = true;
}
inline void FleetIsFull(PlanView& plan) {
  plan.fleet.limit = 3;
  plan.fleet.in_change_elsewhere = 3;
}
inline void NoProgress(PlanView& plan) {
  plan.rollout.progressed = decide::Now() - absl::Minutes(11);
}
inline void NoWayBack(PlanView& plan) { plan.rollout.stable_revision.clear(); }
inline void NoAutoRollback(PlanView& plan) {
  plan.strategy.auto_rollback = false;
}
inline void LateNoAutoRollback(PlanView& plan) {
  NoProgress(plan);
  NoAutoRollback(plan);
}
inline void NoProgressBack(PlanView& plan) {
  decide::RollingBack(plan);
  NoProgress(plan);
}

// What is done to the rollout before the pass.
using Turn = void (*)(store::PlanChange& change, const store::Word& word);

inline void Nothing(store::PlanChange&, const store::Word&) {}
inline void Pause(store::PlanChange& change, const store::Word& word) {
  ASSERT_TRUE(store::PauseRollout(change, word).ok());
}
inline void Resume(store::PlanChange& change, const store::Word& word) {
  Pause(change, word);
  ASSERT_TRUE(store::ResumeRollout(change, word).ok());
}
inline void Abort(store::PlanChange& change, const store::Word& word) {
  ASSERT_TRUE(store::AbortRollout(change, word).ok());
}
inline void AbortPaused(store::PlanChange& change, const store::Word& word) {
  Pause(change, word);
  Abort(change, word);
}
inline void Reject(store::PlanChange& change, const store::Word& word) {
  *change.rollout().mutable_step()->mutable_reached() = ToProto(word.now);
  ASSERT_TRUE(store::RejectStep(change, word).ok());
}
inline void Revert(store::PlanChange& change, const store::Word& word) {
  store::RevertRollout(change, word);
}

}  // namespace rollout::reconcile

#endif  // TESTS_CONTROLLER_RECONCILE_ROLLOUT_STATES_H_
