// SPDX-License-Identifier: Apache-2.0
//
// Every state that a rollout can be in or wait in says so, and for what, in its
// conditions. Each row is decided on and written down as the engine does it.

#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/proto_time.h"
#include "controller/decide/decision.h"
#include "controller/reconcile/rollout_record.h"
#include "controller/store/catalog.h"
#include "controller/store/plan_change.h"
#include "controller/store/rollout_status.h"
#include "controller/view/plan_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/controller/decide/views.h"
#include "tests/controller/documented_words.h"
#include "tests/controller/reconcile/rollout_states.h"
#include "tests/fakes/memory_store.h"

namespace rollout::reconcile {
namespace {

using decide::Phase;
using decide::Shares;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kTypes[] = {"Available", "Progressing", "Paused",
                                  "Degraded", "Complete"};

struct Case {
  const char* name;
  std::vector<HostView> hosts;
  void (*change)(PlanView& plan);
  Turn turn;
  // Begins with type, status and reason; the message has the rest in it.
  const char* condition;
  const char* message;
};

const Case kCases[] = {
    {"hosts are on their way",
     {Begun()},
     Usual,
     Nothing,
     "Progressing True RollingOut",
     "to revision R1, 1 host in change"},
    {"none is: the one before drains",
     {DrainsStill(), On("R0")},
     OneMayOverlap,
     Nothing,
     "Progressing True RollingOut",
     "R1, MaxOverlap: host h1: 1 may have two generations: 1 host (h0)"},
    {"none is: the next one's stream is down",
     {On("R1"), Cut(On("R0"))},
     Usual,
     Nothing,
     "Progressing True RollingOut",
     "R1, Disconnected: host h1: its"},
    {"none is: one that was there starts again",
     {WentDown(), On("R0")},
     Usual,
     Nothing,
     "Progressing True RollingOut",
     "R1, Starting: host h0: generation 1 is not ready yet"},
    {"no hosts", {}, Usual, Nothing, "Progressing False NoHosts", "labels"},
    {"frozen",
     {Held(decide::Hold::kFrozen)},
     Usual,
     Nothing,
     "Progressing False Frozen",
     "her word"},
    {"cordoned",
     {Held(decide::Hold::kCordoned)},
     Usual,
     Nothing,
     "Progressing False HostsCordoned",
     "her word"},
    {"others are down",
     {decide::Broken("R0"), decide::Lost(On("R0"))},
     Usual,
     Nothing,
     "Available False HostsUnavailable",
     "0 of 2 hosts serve"},
    {"one is lost",
     {decide::Lost(On("R0")), On("R0")},
     Usual,
     Nothing,
     "Progressing False HostsUnavailable",
     "h0 (disconnected)"},
    {"the fleet's limit",
     {On("R0")},
     FleetIsFull,
     Nothing,
     "Progressing False FleetLimit",
     "other plans change 3"},
    {"a step bakes",
     {Shares(50), On("R0")},
     OneStep,
     Nothing,
     "Progressing False Baking",
     "step 1 of 1"},
    {"a step asks for a person",
     {Shares(50), On("R0")},
     Approval,
     Nothing,
     "Progressing False ApprovalRequired",
     "a person's approval"},
    {"an operator pauses",
     {On("R0")},
     Usual,
     Pause,
     "Progressing False Paused",
     "by bob: ticket 7"},
    {"which is a condition",
     {On("R0")},
     Usual,
     Pause,
     "Paused True PausedByOperator",
     "by bob: ticket 7"},
    {"and resumes", {On("R0")}, Usual, Resume, "Paused False Resumed", "bob"},
    {"nobody has",
     {On("R0")},
     Usual,
     Nothing,
     "Paused False NotPaused",
     "nobody"},
    {"an operator aborts",
     {Begun()},
     Usual,
     Abort,
     "Progressing True RollingBack",
     "to revision R0, 1 host in change"},
    {"which is no failure",
     {Begun()},
     Usual,
     Abort,
     "Degraded False AsExpected",
     "no host has failed"},
    {"what was paused",
     {Begun()},
     Usual,
     AbortPaused,
     "Paused False Aborted",
     "by bob"},
    {"a canary is rejected",
     {On("R0")},
     Approval,
     Reject,
     "Complete False Rejected",
     "by bob"},
    {"the stable one is applied",
     {On("R0")},
     Usual,
     Revert,
     "Progressing False Reverted",
     "by bob"},
    {"an abort with nowhere to go",
     {Begun()},
     NoWayBack,
     Abort,
     "Degraded True Aborted",
     "no stable revision"},
    {"a host fails",
     {decide::FailedDark()},
     Usual,
     Nothing,
     "Degraded True HostFailed",
     "host h0: exited with status 1"},
    {"and pauses it",
     {decide::FailedDark()},
     NoAutoRollback,
     Nothing,
     "Paused True HostFailed",
     "host h0: exited with status 1"},
    {"a host is late",
     {Late()},
     Usual,
     Nothing,
     "Degraded True HostDeadlineExceeded",
     "host h0: did not get there in 5m"},
    {"no host gets there",
     {Cut(On("R0"))},
     NoProgress,
     Nothing,
     "Degraded True ProgressDeadlineExceeded",
     "0 of 1 have"},
    {"and pauses it",
     {Cut(On("R0"))},
     LateNoAutoRollback,
     Nothing,
     "Paused True ProgressDeadlineExceeded",
     "0 of 1 have"},
    {"a first rollout fails",
     {decide::FailedDark()},
     NoWayBack,
     Nothing,
     "Degraded True NoStableRevision",
     "there is no stable revision"},
    {"some are back",
     {decide::KeptWarm(), On("R0")},
     decide::RollingBack,
     Nothing,
     "Complete False RollingBack",
     "1 of 2 hosts back"},
    {"none is on its way back",
     {Cut(On("R1"))},
     decide::RollingBack,
     Nothing,
     "Progressing True RollingBack",
     "R0, Disconnected: host h0: its agent's"},
    {"all are back",
     {On("R0")},
     decide::RollingBack,
     Nothing,
     "Degraded False AsExpected",
     "the hosts are back"},
    {"one can't go back",
     {CannotGoBack()},
     decide::RollingBack,
     Nothing,
     "Degraded True RollbackFailed",
     "host h0: exited with status 1"},
    {"none gets back",
     {Cut(On("R1"))},
     NoProgressBack,
     Nothing,
     "Progressing False RollbackFailed",
     "host h0: is disconnected"},
    {"some are there",
     {On("R1"), Begun()},
     Usual,
     Nothing,
     "Complete False RollingOut",
     "1 of 2 hosts updated"},
    {"all are there",
     {On("R1")},
     Usual,
     Nothing,
     "Complete True Complete",
     "1 of 1 hosts serve the revision"},
    {"it is well",
     {On("R1")},
     Usual,
     Nothing,
     "Available True EnoughHosts",
     "1 of 1 hosts serve"},
};

std::string HeadOf(const v1::Condition& condition) {
  return absl::StrCat(condition.type(),
                      condition.status() ? " True " : " False ",
                      condition.reason());
}

class ConditionsTest : public ::testing::Test {
 protected:
  ~ConditionsTest() override { store_.Close(); }

  // What becomes of a rollout in that plan once that has been done to it.
  v1::Rollout Pass(const Case& c);
  // All five are there, and say something. Notes what they say.
  void Check(const v1::Rollout& rollout);

  store::MemoryStore store_;
  const std::unique_ptr<store::Catalog> catalog_ =
      *store::Catalog::Open(store_);
  std::set<std::string> heads_;
};

v1::Rollout ConditionsTest::Pass(const Case& c) {
  PlanView plan = decide::Plan(c.hosts);
  c.change(plan);
  v1::PlanSpec spec;
  for (const decide::CanaryStep& step : plan.strategy.steps) {
    spec.mutable_strategy()->add_steps()->set_approval(
        step.needs_approval ? v1::CanaryStep::REQUIRED : v1::CanaryStep::NONE);
  }
  store::PlanChange change(*catalog_, "web", decide::Now());
  change.SetSpec(spec);
  v1::Rollout& rollout = change.rollout();
  rollout.set_plan("web");
  rollout.set_number(plan.rollout.number);
  rollout.set_revision(plan.rollout.revision);
  rollout.set_stable_revision(plan.rollout.stable_revision);
  rollout.set_phase(view::FromPhase(plan.rollout.phase));
  *rollout.mutable_created() = ToProto(decide::Now() - absl::Minutes(20));
  *rollout.mutable_progressed() = ToProto(plan.rollout.progressed);
  if (plan.rollout.phase == Phase::kRollingBack) {
    rollout.set_reason("HostFailed");
    rollout.set_message("host h9: died");
  }
  v1::Cause cause;
  cause.set_user("bob");
  cause.set_message("ticket 7");
  c.turn(change, {cause, decide::Now()});
  plan.rollout = view::ToView(
      rollout, {decide::Now(), absl::ZeroDuration(), absl::InfinitePast()});
  return Updated(rollout, plan, decide::Decide(plan));
}

void ConditionsTest::Check(const v1::Rollout& rollout) {
  std::set<std::string> types;
  for (const v1::Condition& condition : rollout.conditions()) {
    SCOPED_TRACE(HeadOf(condition));
    types.insert(condition.type());
    heads_.insert(HeadOf(condition));
    EXPECT_FALSE(condition.reason().empty());
    EXPECT_FALSE(condition.message().empty());
    EXPECT_TRUE(condition.has_changed());
  }
  EXPECT_EQ(types, std::set<std::string>(std::begin(kTypes), std::end(kTypes)));
}

TEST_F(ConditionsTest, EveryStateSaysForWhatItWaits) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    const v1::Rollout rollout = Pass(c);
    Check(rollout);
    bool found = false;
    for (const v1::Condition& condition : rollout.conditions()) {
      if (!absl::StartsWith(c.condition, condition.type())) continue;
      found = true;
      EXPECT_EQ(HeadOf(condition), c.condition);
      EXPECT_THAT(condition.message(), HasSubstr(c.message));
    }
    EXPECT_TRUE(found);
  }
}

TEST_F(ConditionsTest, WhatIsSupersededHasStopped) {
  store::PlanChange change(*catalog_, "web", decide::Now());
  change.SetSpec({});
  change.StartRollout({});
  change.rollout().set_paused(true);
  store::SetPhase(&change.rollout(), v1::SUPERSEDED, "Superseded",
                  "rollout 2 took over", decide::Now());
  std::vector<std::string> heads;
  for (const v1::Condition& each : change.rollout().conditions()) {
    heads.push_back(HeadOf(each));
    EXPECT_EQ(each.message(), "rollout 2 took over");
  }
  EXPECT_THAT(heads,
              ::testing::UnorderedElementsAre("Progressing False Superseded",
                                              "Paused False Superseded",
                                              "Complete False Superseded"));
}

// Both ways.
TEST_F(ConditionsTest, AreThoseOfTheDocumentation) {
  for (const Case& c : kCases) Check(Pass(c));
  const std::set<std::string> own = DocumentedWords("Conditions");
  std::set<std::string> turns = DocumentedWords("Turns and ends");
  std::set<std::string> not_seen = own, reasons = turns;
  // These two end a rollout that no pass looks at any more, see above and
  // store/removal.h.
  reasons.erase("Superseded");
  reasons.erase("PlanDeleted");
  std::vector<std::string> undocumented;
  for (const std::string& head : heads_) {
    const std::string reason = head.substr(head.rfind(' ') + 1);
    reasons.erase(reason);
    not_seen.erase(head);
    if (own.count(head) + turns.count(reason) == 0)
      undocumented.push_back(head);
  }
  EXPECT_THAT(undocumented, IsEmpty());
  EXPECT_THAT(not_seen, IsEmpty());
  EXPECT_THAT(reasons, IsEmpty());
}

}  // namespace
}  // namespace rollout::reconcile
