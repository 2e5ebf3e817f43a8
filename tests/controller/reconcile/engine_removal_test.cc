// SPDX-License-Identifier: Apache-2.0
//
// The engine takes plans away, and with stop their services.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "controller/reconcile/engine.h"
#include "controller/store/catalog.h"
#include "controller/store/history.h"
#include "controller/store/keys.h"
#include "controller/store/plan_operations.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"
#include "tests/controller/reconcile/engine_fixture.h"
#include "tests/controller/store/committing.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/memory_store.h"

namespace rollout::reconcile {
namespace {

class EngineRemovalTest : public EngineTest {
 protected:
  void Serve(int hosts) {
    AddHosts(hosts);
    ASSERT_TRUE(Apply(Spec("v1")).ok());
    ASSERT_TRUE(Reaches(1, v1::COMPLETE));
    ASSERT_TRUE(AllServe("v1"));
  }
  absl::Status Delete(bool stop) {
    store::Outcome<absl::Status> outcome;
    controller_->operations().Delete(kWeb, stop, Cause(), outcome);
    return outcome.Wait();
  }
  bool IsGone() { return !controller_->catalog().FindPlan(kWeb); }
  size_t Assigned() { return controller_->catalog().Assignments(kWeb).size(); }
  // The plan's keys, but for what its name leaves behind.
  std::vector<std::string> KeysLeft() {
    std::vector<std::string> keys;
    const auto snapshot = store_->List("");
    for (const store::KeyValue& entry : snapshot->entries) {
      if (entry.key.find("/web") == std::string::npos) continue;
      if (entry.key != store::DeletedKey(kWeb)) keys.push_back(entry.key);
    }
    return keys;
  }
  bool IsMeasured() {
    return absl::StrContains(
        prometheus::TextSerializer().Serialize(
            controller_->registry().Collect()),
        "rollout_plan_phase{phase=\"complete\",plan=\"web\"");
  }
  std::string LastEvent() {
    const auto events = controller_->history().Events(kWeb);
    return events.empty() ? "" : events[0].reason();
  }
  bool IsToldToEnd(int host) {
    const auto assignments = agents_[host]->assignments();
    return !assignments.empty() && assignments.back().removals_size() == 1;
  }
  // The store's content goes on; controller and agents begin again.
  void Restart() {
    auto snapshot = store_->List("");
    End();
    store_ = std::make_unique<store::MemoryStore>();
    for (const store::KeyValue& entry : snapshot->entries) {
      store_->Commit({{}, {entry}, {}}, [](absl::StatusOr<int64_t>) {});
    }
    store_->Settle();
    controller_ = std::make_unique<Controller>(*store_);
  }
};

TEST_F(EngineRemovalTest, WithoutStopHostsAreToldNothingAndServeOn) {
  Serve(3);
  EXPECT_TRUE(Reaches([&] { return IsMeasured(); }));
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
  for (auto& agent : agents_) {
    EXPECT_TRUE(Reaches([&] { return agent->Assigned(kWeb).empty(); }));
    EXPECT_EQ(agent->Serving(kWeb), "v1");
    for (const v1::Assignment& each : agent->assignments()) {
      EXPECT_EQ(each.removals_size(), 0);
    }
  }
  EXPECT_THAT(KeysLeft(), ::testing::IsEmpty());
  EXPECT_TRUE(Reaches([&] { return !IsMeasured(); }));
  // Applied again, the plan takes them over as they are.
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(2, v1::COMPLETE));
  EXPECT_TRUE(AllServe("v1"));
}

TEST_F(EngineRemovalTest, ManyHostsAreLetGoInSeveralTransactions) {
  AddHosts(1);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches(1, v1::COMPLETE));
  for (int part = 0; part < 3; ++part) {
    store::Transaction transaction;
    for (int i = 0; i < 90; ++i) {
      store::AssignmentRecord record;
      record.set_plan(kWeb);
      record.set_host(absl::StrCat("away-", part, "-", i));
      record.mutable_settled();
      transaction.puts.push_back({store::AssignmentKey(kWeb, record.host()),
                                  record.SerializeAsString()});
    }
    ASSERT_TRUE(store::CommitNow(*store_, std::move(transaction)).ok());
  }
  ASSERT_EQ(Assigned(), 271u);
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
  EXPECT_THAT(KeysLeft(), ::testing::IsEmpty());
}

TEST_F(EngineRemovalTest, WithStopThePlanIsThereUntilTheLastHostHasEnded) {
  Serve(3);
  agents_[1]->HoldRemovals();
  agents_[2]->Disconnect();
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  ASSERT_TRUE(Reaches([&] { return Assigned() == 2; }));
  EXPECT_EQ(agents_[0]->Serving(kWeb), "");
  EXPECT_TRUE(IsToldToEnd(1));
  agents_[1]->LetRemovalsEnd();
  ASSERT_TRUE(Reaches([&] { return Assigned() == 1; }));
  EXPECT_FALSE(IsGone());
  EXPECT_EQ(agents_[2]->Serving(kWeb), "v1");
  ASSERT_TRUE(agents_[2]->Connect().ok());
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
  EXPECT_EQ(agents_[2]->Serving(kWeb), "");
  EXPECT_THAT(KeysLeft(), ::testing::IsEmpty());
  EXPECT_TRUE(Reaches([&] { return LastEvent() == "PlanRemoved"; }));
  // Nobody asks for it any more.
  EXPECT_TRUE(Reaches([&] { return !IsToldToEnd(0) && !IsToldToEnd(2); }));
}

TEST_F(EngineRemovalTest, AHostThatDoesNotUnderstandIsNotBelieved) {
  Serve(2);
  agents_[1]->Disconnect();
  agents_[1]->KnowNoRemovals();
  ASSERT_TRUE(agents_[1]->Connect().ok());
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  ASSERT_TRUE(Reaches([&] { return Assigned() == 1; }));
  ASSERT_TRUE(Reaches([&] { return IsToldToEnd(1); }));
  agents_[1]->Settle();
  EXPECT_FALSE(IsGone());
  EXPECT_EQ(agents_[1]->Serving(kWeb), "v1");
  // An operator gives it up.
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
  EXPECT_EQ(agents_[1]->Serving(kWeb), "v1");
}

TEST_F(EngineRemovalTest, EndsAServiceThatAHostHasKeptFromBefore) {
  Serve(2);
  agents_[1]->Disconnect();
  ASSERT_TRUE(Delete(/*stop=*/false).ok());
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
  v1::PlanSpec spec = Spec("v1");
  (*spec.mutable_hosts()->mutable_match_labels())["role"] = "another";
  ASSERT_TRUE(Apply(spec).ok());
  ASSERT_TRUE(agents_[1]->Connect().ok());
  ASSERT_TRUE(Reaches([&] { return agents_[1]->Assigned(kWeb).empty(); }));
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
  EXPECT_EQ(agents_[0]->Serving(kWeb), "");
  EXPECT_EQ(agents_[1]->Serving(kWeb), "");
}

TEST_F(EngineRemovalTest, ARestartedControllerGoesOnWithIt) {
  Serve(3);
  agents_[1]->HoldRemovals();
  agents_[2]->Disconnect();
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  ASSERT_TRUE(Reaches([&] { return Assigned() == 2; }));
  Restart();
  EXPECT_FALSE(IsGone());
  AddHosts(2);
  ASSERT_TRUE(Reaches([&] { return Assigned() == 1; }));
  EXPECT_FALSE(IsGone());
  AddHosts(1);
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
}

TEST_F(EngineRemovalTest, ARolloutUnderWayGoesNoFurther) {
  AddHosts(3);
  for (auto& agent : agents_) agent->SetBehaviour("v1", Behaviour::kNeverReady);
  ASSERT_TRUE(Apply(Spec("v1")).ok());
  ASSERT_TRUE(Reaches([&] { return Assigned() == 1; }));
  agents_[0]->HoldRemovals();
  ASSERT_TRUE(Delete(/*stop=*/true).ok());
  ASSERT_TRUE(Reaches(1, v1::FAILED));
  ASSERT_TRUE(Reaches([&] { return IsToldToEnd(0); }));
  EXPECT_EQ(Assigned(), 1u);
  agents_[0]->LetRemovalsEnd();
  ASSERT_TRUE(Reaches([&] { return IsGone(); }));
}

}  // namespace
}  // namespace rollout::reconcile
