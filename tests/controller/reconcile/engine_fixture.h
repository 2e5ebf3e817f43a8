// SPDX-License-Identifier: Apache-2.0
//
// The engine with catalog, fleet and agents that exist on paper.

#ifndef TESTS_CONTROLLER_RECONCILE_ENGINE_FIXTURE_H_
#define TESTS_CONTROLLER_RECONCILE_ENGINE_FIXTURE_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/proto_time.h"
#include "controller/fleet/fleet.h"
#include "controller/reconcile/engine.h"
#include "controller/reconcile/engine_metrics.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/plan_operations.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/adjusted_clock.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/memory_store.h"

namespace rollout::reconcile {

inline constexpr char kWeb[] = "web";

inline v1::PlanSpec Spec(const std::string& command) {
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

// One life of a controller on a store that outlives it.
class Controller {
 public:
  explicit Controller(store::Store& store, fleet::FleetOptions options = {})
      : catalog_(*store::Catalog::Open(store)),
        history_(*store::History::Open(store, {})),
        fleet_(*catalog_, *history_, clock_, options),
        metrics_(registry_),
        operations_(*catalog_, *history_, clock_),
        engine_(std::make_unique<Engine>(
            EngineRooms{*catalog_, *history_, fleet_, clock_, metrics_},
            std::make_unique<EventLoop>())) {
    catalog_->Subscribe({[this](const std::string& plan) { Check(plan); }, {}});
    engine_->Start();
  }

  store::Catalog& catalog() { return *catalog_; }
  store::History& history() { return *history_; }
  fleet::Fleet& fleet() { return fleet_; }
  AdjustedClock& clock() { return clock_; }
  store::PlanOperations& operations() { return operations_; }
  bool ready() const { return engine_->ready(); }
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

}  // namespace rollout::reconcile

#endif  // TESTS_CONTROLLER_RECONCILE_ENGINE_FIXTURE_H_
