// SPDX-License-Identifier: Apache-2.0
//
// The engine with catalog, fleet and agents that exist on paper.

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
#include "tests/controller/store/committing.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/memory_store.h"

namespace rollout::reconcile {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::SizeIs;

constexpr char kWeb[] = "web";

v1::PlanSpec Spec(const std::string& command) {
  v1::PlanSpec spec;
  (*spec.mutable_hosts()->mutable_match_labels())["role"] = "web";
  spec.mutable_service()->add_command(command);
  v1::Strategy* strategy = spec.mutable_strategy();
  strategy->mutable_max_surge()->set_count(1);
  strategy->mutable_max_unavailable()->set_count(0);
  strategy->mutable_max_overlap()->set_percent(100);
  *strategy->mutable_min_ready() = ToProto(absl::Milliseconds(20));
  *strategy->mutable_host_deadline() = ToProto(absl::Seconds(30));
  *strategy->mutable_progress_deadline() = ToProto(absl::Seconds(60));
  *strategy->mutable_keep_warm() = ToProto(absl::Minutes(10));
  strategy->set_auto_rollback(true);
  return spec;
}

// The system's, with a wall clock that can be set.
class AdjustedClock : public Clock {
 public:
  absl::Time Now() const override {
    return clock_.Now() + absl::Seconds(ahead_s_.load());
  }
  absl::Duration Uptime() const override { return clock_.Uptime(); }
  void SetAhead(int seconds) { ahead_s_ = seconds; }

 private:
  const SystemClock clock_;
  std::atomic<int> ahead_s_{0};
};

// One life of a controller on a store that outlives it.
class Controller {
 public:
  explicit Controller(store::Store& store, fleet::FleetOptions options = {})
      : catalog_(*store::Catalog::Open(store)),
        history_(*store::History::Open(store, {})),
        fleet_(*catalog_, *history_, clock_, options),
        metrics_(registry_),
        operations_(*catalog_, *history_, clock_),
        engine_(std::make_unique<Engine>(*catalog_, *history_, fleet_, clock_,
                                         metrics_)) {
    catalog_->Subscribe({[this](const std::string& plan) { Check(plan); }, {}});
    engine_->Start();
  }

  store::Catalog& catalog() { return *catalog_; }
  store::History& history() { return *history_; }
  fleet::Fleet& fleet() { return fleet_; }
  AdjustedClock& clock() { return clock_; }
  store::PlanOperations& operations() { return operations_; }
  prometheus::Registry& registry() { return registry_; }

  v1::Rollout rollout() {
    auto state = catalog_->FindPlan(kWeb);
    return state ? state->rollout.record : v1::Rollout();
  }

  int most_in_change() const { return most_in_change_; }

 private:
  // NeverMoreThanSurge, after every commit.
  void Check(const std::string& plan) {
    int in_change = 0;
    for (const auto& assignment : catalog_->Assignments(plan)) {
      in_change += !assignment.has_settled();
    }
    most_in_change_ = std::max(most_in_change_.load(), in_change);
  }

  AdjustedClock clock_;
  std::unique_ptr<store::Catalog> catalog_;
  std::unique_ptr<store::History> history_;
  fleet::Fleet fleet_;
  prometheus::Registry registry_;
  EngineMetrics metrics_;
  store::PlanOperations operations_;
  std::atomic<int> most_in_change_{0};
  std::unique_ptr<Engine> engine_;
};

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() { Begin(); }
  ~EngineTest() override { End(); }

  void Begin(fleet::FleetOptions options = {}) {
    store_ = std::make_unique<store::MemoryStore>();
    controller_ = std::make_unique<Controller>(*store_, options);
  }
  void End() {
    if (store_ != nullptr) store_->Close();
    agents_.clear();
    controller_.reset();
    store_.reset();
  }

  void AddHosts(int count) {
    for (int i = 0; i < count; ++i) {
      agents_.push_back(std::make_unique<FakeAgent>(
          controller_->fleet(), absl::StrCat("h", agents_.size() + 1)));
      ASSERT_TRUE(agents_.back()->Connect().ok());
    }
  }

  absl::StatusOr<store::Applied> Apply(const v1::PlanSpec& spec) {
    store::Outcome<absl::StatusOr<std::vector<store::Applied>>> outcome;
    controller_->operations().Apply({{kWeb, spec}}, Cause(), outcome);
    auto applied = outcome.Wait();
    if (!applied.ok()) return applied.status();
    return applied->front();
  }
  static v1::Cause Cause() {
    v1::Cause cause;
    cause.set_user("ann");
    return cause;
  }
  absl::Status Control(void (store::PlanOperations::*verb)(
      const std::string&, v1::Cause, store::PlanOperations::Done)) {
    store::Outcome<absl::Status> outcome;
    (controller_->operations().*verb)(kWeb, Cause(), outcome);
    return outcome.Wait();
  }

  // Waits for a condition, with a deadline.
  ::testing::AssertionResult Reaches(const std::function<bool()>& condition) {
    absl::Time deadline = absl::Now() + absl::Seconds(20);
    while (!condition()) {
      if (absl::Now() > deadline) {
        return ::testing::AssertionFailure()
               << controller_->rollout().DebugString();
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
    return ::testing::AssertionSuccess();
  }
  ::testing::AssertionResult Reaches(int64_t number, v1::RolloutPhase phase) {
    return Reaches([this, number, phase] {
      v1::Rollout rollout = controller_->rollout();
      return rollout.number() == number && rollout.phase() == phase;
    });
  }
  ::testing::AssertionResult AllServe(const std::string& command) {
    return Reaches([this, command] {
      return std::all_of(agents_.begin(), agents_.end(), [&](auto& agent) {
        return agent->Assigned(kWeb) == absl::StrCat(command, ":1000") &&
               agent->Serving(kWeb) == command;
      });
    });
  }

  std::unique_ptr<store::MemoryStore> store_;
  std::unique_ptr<Controller> controller_;
  std::vector<std::unique_ptr<FakeAgent>> agents_;
};

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
  EXPECT_THAT(steps, ::testing::ElementsAre("", "v1:1000 ", "v1:1000 v2:0 ",
                                            "v1:0 v2:1000 ", "v2:1000 "));
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
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:1000 slow:0"; }));
  controller_->clock().SetAhead(3600);
  AddHosts(1);
  ASSERT_TRUE(
      Reaches([&] { return controller_->rollout().hosts().desired() == 2; }));
  EXPECT_EQ(controller_->rollout().phase(), v1::PROGRESSING);
  EXPECT_EQ(agents_[0]->Assigned(kWeb), "v1:1000 slow:0");
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
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:1000 slow:0"; }));
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
      Reaches([&] { return agents_[0]->Assigned(kWeb) == "v1:1000 v2:0"; }));
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
        "rollout_rollouts_total{outcome=\"complete\"} 1",
        "rollout_swaps_total{outcome=\"started\"} 1",
        "rollout_swap_seconds_sum{phase=\"startup\"} 2"}) {
    EXPECT_TRUE(Reaches([&] { return absl::StrContains(text(), line); }))
        << line << "\n"
        << text();
  }
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
