// SPDX-License-Identifier: Apache-2.0
//
// The engine when what is around it changes: operators, hosts, the store, and
// the controller itself.

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
#include "controller/reconcile/engine.h"
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

using ::testing::SizeIs;

TEST_F(EngineTest, ResumeAfterAFailureAsksTheHostAnew) {
  AddHosts(2);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  agents_[0]->SetBehaviour("v2", Behaviour::kFailsAtStart);
  v1::PlanSpec spec = Spec("v2");
  spec.mutable_strategy()->set_auto_rollback(false);
  ASSERT_TRUE(Apply(spec).ok());
  ASSERT_TRUE(Reaches([&] { return controller_->rollout().paused(); }));
  EXPECT_EQ(controller_->rollout().reason(), "HostFailed");
  // What was wrong with the host is mended.
  agents_[0]->SetBehaviour("v2", Behaviour::kGood);
  ASSERT_TRUE(Control(&store::PlanOperations::Resume).ok());
  ASSERT_TRUE(Reaches(3, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v2"));
}

TEST_F(EngineTest, UndoGoesBackToTheRevisionBefore) {
  AddHosts(2);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  ASSERT_TRUE(Reaches(2, v1::COMPLETE));
  store::Outcome<absl::StatusOr<store::Undone>> outcome;
  controller_->operations().Undo(
      kWeb, 0, Cause(),
      [](const store::NamedSpec&) { return absl::OkStatus(); }, outcome);
  ASSERT_TRUE(outcome.Wait().ok());
  ASSERT_TRUE(Reaches(3, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v1"));
}

TEST_F(EngineTest, ARestartedControllerGoesOnWhereItWas) {
  AddHosts(3);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  for (auto& agent : agents_) {
    agent->SetBehaviour("v2", Behaviour::kNeverReady);
  }
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  ASSERT_TRUE(
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:0 v2:1000"; }));
  // The store's content goes on; controller and agents begin again.
  auto snapshot = store_->List("");
  End();
  store_ = std::make_unique<store::MemoryStore>();
  for (const store::KeyValue& entry : snapshot->entries) {
    store_->Commit({{}, {entry}, {}}, [](absl::StatusOr<int64_t>) {});
  }
  store_->Settle();
  controller_ = std::make_unique<Controller>(*store_);
  EXPECT_EQ(controller_->rollout().phase(), v1::PROGRESSING);
  AddHosts(3);
  ASSERT_TRUE(Reaches(2, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v2"));
  EXPECT_EQ(controller_->fleet().epoch(), 2u);
}

TEST_F(EngineTest, CountsForPrometheus) {
  AddHosts(2);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  v1::SwapReport report;
  report.set_id("web/1");
  report.set_outcome(v1::SwapReport::STARTED);
  report.set_final(true);
  *report.mutable_timings()->mutable_startup() = ToProto(absl::Seconds(2));
  agents_[0]->Report(report);
  auto text = [this] {
    return prometheus::TextSerializer().Serialize(
        controller_->registry().Collect());
  };
  for (const char* line :
       {"rollout_hosts{state=\"connected\"} 2",
        "rollout_plan_hosts{plan=\"web\",state=\"updated\"} 2",
        "rollout_rollouts_total{outcome=\"complete\",plan=\"web\"} 1",
        "rollout_rollout_seconds_count{outcome=\"complete\",plan=\"web\"} 1",
        "rollout_plan_phase{phase=\"complete\",plan=\"web\"} 1",
        "rollout_plan_phase{phase=\"progressing\",plan=\"web\"} 0",
        "rollout_swaps_total{outcome=\"started\"} 1",
        "rollout_swap_seconds_sum{phase=\"startup\"} 2"}) {
    EXPECT_TRUE(Reaches([&] { return absl::StrContains(text(), line); }))
        << line << "\n"
        << text();
  }
}

// Ended by an operator's word, both of them.
TEST_F(EngineTest, CountsWhatItDidNotEnd) {
  ASSERT_TRUE(Reaches([this] { return controller_->ready(); }));
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  ASSERT_TRUE(Control(&store::PlanOperations::Abort).ok());
  auto text = [this] {
    return prometheus::TextSerializer().Serialize(
        controller_->registry().Collect());
  };
  for (const char* outcome : {"superseded", "failed"}) {
    const std::string line = absl::StrCat("rollout_rollouts_total{outcome=\"",
                                          outcome, "\",plan=\"web\"} 1");
    EXPECT_TRUE(Reaches([&] { return absl::StrContains(text(), line); }))
        << line << "\n"
        << text();
  }
}

TEST_F(EngineTest, HowOutputIsKeptReachesTheHostsWithoutARollout) {
  AddHosts(2);
  v1::PlanSpec spec = Spec("v1");
  ASSERT_TRUE(Apply(spec).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  auto kept = [](const FakeAgent& agent) {
    std::vector<v1::Assignment> all = agent.assignments();
    return all.empty() || all.back().services().empty()
               ? 0
               : all.back().services(0).output().keep();
  };
  EXPECT_EQ(kept(*agents_[0]), 0u);
  spec.mutable_output()->set_keep(3);
  ASSERT_TRUE(Apply(spec).ok());
  EXPECT_TRUE(Reaches(
      [&] { return kept(*agents_[0]) == 3 && kept(*agents_[1]) == 3; }));
  EXPECT_EQ(controller_->rollout().number(), 1);
}

TEST_F(EngineTest, AnEmptyControllerMentionsNoService) {
  AddHosts(1);
  ASSERT_TRUE(Reaches([&] { return !agents_[0]->assignments().empty(); }));
  EXPECT_THAT(agents_[0]->assignments()[0].services(), SizeIs(0));
}

TEST_F(EngineTest, WaitsForHostsAndTakesThoseThatJoinLater) {
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(
      Reaches([&] { return controller_->rollout().reason() == "NoHosts"; }));
  AddHosts(1);
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  AddHosts(1);
  EXPECT_TRUE(AllServe("v1"));
}

TEST_F(EngineTest, GoesOnWhenTheStoreWorksAgain) {
  AddHosts(1);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  ASSERT_TRUE(Apply(Spec("v2")).ok());
  store_->SetFailure(absl::UnavailableError("disk full"));
  EXPECT_TRUE(absl::IsUnavailable(Apply(Spec("v3")).status()));
  store_->SetFailure(absl::OkStatus());
  ASSERT_TRUE(Reaches(2, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v2"));
}

TEST_F(EngineTest, AWaveOfManyHostsIsStoredInSeveralParts) {
  AddHosts(130);
  v1::PlanSpec spec = Spec("v1");
  spec.mutable_strategy()->mutable_max_surge()->set_percent(100);
  ASSERT_TRUE(Apply(spec).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v1"));
}

}  // namespace
}  // namespace rollout::reconcile
