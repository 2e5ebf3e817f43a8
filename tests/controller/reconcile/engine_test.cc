// SPDX-License-Identifier: Apache-2.0
//
// The engine carries rollouts out, and takes them back.

#include "controller/reconcile/engine.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/proto_time.h"
#include "controller/fleet/fleet.h"
#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/plan_operations.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "tests/controller/reconcile/engine_fixture.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/memory_store.h"

namespace rollout::reconcile {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Property;

TEST_F(EngineTest, RollsOutAndUpdatesOneHostAtATime) {
  AddHosts(3);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v1"));
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  ASSERT_TRUE(Reaches(2, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v2"));
  EXPECT_EQ(controller_->most_in_change(), 1);
  EXPECT_EQ(controller_->rollout().hosts().updated(), 3);
  EXPECT_EQ(
      controller_->catalog().FindPlan(kWeb)->plan.record.stable_revision(),
      controller_->rollout().revision());
}

TEST_F(EngineTest, AHostThatFallsSilentAfterItsFlipHasNotGotThere) {
  AddHosts(1);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  v1::PlanSpec spec = Spec("v2");
  *spec.mutable_strategy()->mutable_min_ready() =
      ToProto(absl::Milliseconds(250));
  *spec.mutable_strategy()->mutable_host_deadline() =
      ToProto(absl::Milliseconds(500));
  ASSERT_TRUE(Apply(spec).ok());
  ASSERT_TRUE(Reaches([&] { return agents_[0]->Serving(kWeb) == "v2"; }));
  agents_[0]->FallSilent();
  ASSERT_TRUE(Reaches(2, v1::ROLLING_BACK));
  EXPECT_EQ(controller_->rollout().reason(), "HostDeadlineExceeded");
}

TEST_F(EngineTest, SendsEveryStepOfASwapInOrder) {
  AddHosts(1);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(AllServe("v1"));
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  ASSERT_TRUE(AllServe("v2"));
  std::vector<std::string> steps;
  uint64_t serial = 0;
  for (const v1::Assignment& assignment : agents_[0]->assignments()) {
    EXPECT_EQ(assignment.epoch(), 1u);
    EXPECT_GT(assignment.serial(), serial);
    serial = assignment.serial();
    std::string step;
    for (const v1::ServiceAssignment& service : assignment.services()) {
      for (const v1::WeightedRevision& r : service.revisions()) {
        for (const v1::Revision& revision : service.templates()) {
          if (revision.id() != r.revision()) continue;
          absl::StrAppend(&step, revision.service().command(0), ":", r.weight(),
                          " ");
        }
      }
    }
    if (steps.empty() || steps.back() != step) steps.push_back(step);
  }
  EXPECT_THAT(steps, ::testing::ElementsAre("", "v1:1000 ", "v1:0 v2:1000 ",
                                            "v2:1000 "));
}

TEST_F(EngineTest, GoesBackWhenTheNewRevisionFails) {
  struct Case {
    const char* command;
    Behaviour behaviour;
    const char* reason;
  };
  const Case kCases[] = {
      {"exits at once", Behaviour::kFailsAtStart, "HostFailed"},
      {"exits after the flip", Behaviour::kFailsOnceServing, "HostFailed"},
      {"never ready", Behaviour::kNeverReady, "HostDeadlineExceeded"},
  };
  AddHosts(3);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  int64_t number = 1;
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.command);
    for (auto& agent : agents_) agent->SetBehaviour(c.command, c.behaviour);
    v1::PlanSpec spec = Spec(c.command);
    *spec.mutable_strategy()->mutable_host_deadline() =
        ToProto(absl::Milliseconds(300));
    ASSERT_TRUE(Apply(spec).ok());
    ASSERT_TRUE(Reaches(++number, v1::ROLLED_BACK));
    EXPECT_EQ(controller_->rollout().reason(), c.reason);
    EXPECT_THAT(controller_->rollout().message(), HasSubstr("host h1"));
    EXPECT_TRUE(AllServe("v1"));
    EXPECT_THAT(
        controller_->history().Events(kWeb),
        Contains(AllOf(Property(&v1::Event::reason, "RolloutRollingBack"),
                       Property(&v1::Event::rollout, number),
                       Property(&v1::Event::host, "h1"))));
  }
}

TEST_F(EngineTest, AFirstRolloutThatFailsStopsAndSaysSo) {
  AddHosts(2);
  for (auto& agent : agents_) {
    agent->SetBehaviour("bad", Behaviour::kFailsAtStart);
  }
  ASSERT_TRUE(Apply(Spec("bad")).ok());
  ASSERT_TRUE(Reaches(1, v1::FAILED));
  EXPECT_EQ(controller_->rollout().reason(), "NoStableRevision");
  EXPECT_EQ(agents_[1]->Assigned(kWeb), "");
}

TEST_F(EngineTest, AStepOfTheWallClockEndsNoDeadline) {
  AddHosts(1);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  agents_[0]->SetBehaviour("slow", Behaviour::kNeverReady);
  ASSERT_TRUE(Apply(Spec("slow")).ok());
  ASSERT_TRUE(
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:0 slow:1000"; }));
  controller_->clock().SetAhead(3600);
  AddHosts(1);
  ASSERT_TRUE(
      Reaches([&] { return controller_->rollout().hosts().desired() == 2; }));
  EXPECT_EQ(controller_->rollout().phase(), v1::PROGRESSING);
  EXPECT_EQ(agents_[0]->Assigned(kWeb), "v1:0 slow:1000");
}

TEST_F(EngineTest, AWallClockSetBackStretchesNoDeadline) {
  AddHosts(1);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  agents_[0]->SetBehaviour("slow", Behaviour::kNeverReady);
  v1::PlanSpec slow = Spec("slow");
  *slow.mutable_strategy()->mutable_host_deadline() =
      ToProto(absl::Milliseconds(500));
  ASSERT_TRUE(Apply(slow).ok());
  ASSERT_TRUE(
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:0 slow:1000"; }));
  controller_->clock().SetAhead(-3600);
  EXPECT_TRUE(Reaches(2, v1::ROLLED_BACK));
  EXPECT_TRUE(AllServe("v1"));
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  EXPECT_TRUE(Reaches(3, v1::COMPLETE));
}

TEST_F(EngineTest, PausedMeansNoNewWork) {
  AddHosts(3);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  for (auto& agent : agents_) {
    agent->SetBehaviour("slow", Behaviour::kNeverReady);
  }
  ASSERT_TRUE(Apply(Spec("slow")).ok());
  ASSERT_TRUE(
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:0 slow:1000"; }));
  ASSERT_TRUE(Control(&store::PlanOperations::Pause).ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition(Control(&store::PlanOperations::Pause)));
  ASSERT_TRUE(Control(&store::PlanOperations::Resume).ok());
  ASSERT_TRUE(Control(&store::PlanOperations::Pause).ok());
  ASSERT_TRUE(Control(&store::PlanOperations::Abort).ok());
  ASSERT_TRUE(Reaches(2, v1::ABORTED));
  EXPECT_TRUE(AllServe("v1"));
  EXPECT_EQ(controller_->rollout().reason(), "Aborted");
}

}  // namespace
}  // namespace rollout::reconcile
